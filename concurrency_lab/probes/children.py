"""subprocess.Popen: what it started, and the waits for it. Its waitpid and kill are os's own."""

from __future__ import annotations

import os
import posixpath
from sys import _getframe

from ..trace import constants
from . import frames, processes, sink, values
from .conditions import told_as_wait
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_LONGEST_NAME = 32
# As much of a name as is to be seen beside the timeline.
_SEEN = 17


def _name_of(args: Any) -> str:
    """Return a command line as a lane's name: what is run, and what tells it from others of the same program.

    Without folders, and its first line only: `python -c` for a whole program, `program.py 1` for a script.
    """
    words = args if isinstance(args, (list, tuple)) else (args,)
    texts = [os.fsdecode(word) for word in words if isinstance(word, (str, bytes, os.PathLike))]
    # A line for the shell is one text.
    program, _, rest = " ".join(texts[:1]).partition(" ")
    name = [posixpath.basename(program), rest, *texts[1:]]
    script = _script_of(name[2:]) if name[0].startswith("python") else []
    line = " ".join(" ".join(script or name).strip().partition("\n")[0].split())
    if len(script) > 2 and len(line) > _SEEN:
        return f"{script[0]} … {script[-1]}"[:_LONGEST_NAME]
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _script_of(words: list[str]) -> list[str]:
    """Return a script's name and arguments from those of Python; none where it runs something else."""
    for index, word in enumerate(words):
        if word.endswith(".py"):
            return [posixpath.basename(word), *words[index + 1 :]]
        if not word.startswith("-") or word in ("-c", "-m"):
            break
    return []


@quiet
def _tell_spawned(popen: Any) -> None:
    line, file = frames.where(_getframe())
    text = f"{values.plain(_name_of(popen.args))}\0subprocess\0"
    sink.emit_text(constants.PROCESS_SPAWNED, popen.pid << 32, text, popen.pid, line, file)


def patch_subprocess(module: Any) -> None:
    """Patch subprocess."""

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            _tell_spawned(self)

        # Where no encoding is named, subprocess blames the first frame that is not of its own file.
        own_file = original.__code__.co_filename
        __init__.__code__ = __init__.__code__.replace(co_filename=own_file)
        return __init__

    def make_wait(original: Any) -> Any:
        def wait(self: Any, timeout: Any = None) -> Any:
            try:
                if self.returncode is not None:
                    return original(self, timeout)
                obj = self.pid << 32
                return told_as_wait(original, (self, timeout), constants.REASON_WAITPID, obj, timeout)
            except BaseException as error:
                hide(error)
                raise

        return wait

    def make_communicate(original: Any) -> Any:
        def communicate(self: Any, input: Any = None, timeout: Any = None) -> Any:
            try:
                obj = self.pid << 32
                return told_as_wait(original, (self, input, timeout), constants.REASON_IO, obj, timeout)
            except BaseException as error:
                hide(error)
                raise

        return communicate

    replace(module.Popen, "__init__", make_init)
    replace(module.Popen, "wait", make_wait)
    replace(module.Popen, "communicate", make_communicate)
    # Loaded before us, it would have kept the function that we replaced.
    kept = getattr(module, "_del_safe", None)
    if kept is not None and getattr(kept, "waitpid", None) is processes._raw_waitpid:
        kept.waitpid = os.waitpid
