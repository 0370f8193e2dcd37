"""Other programs in place of this one or beside it: os.exec*, os.posix_spawn*, os.system."""

from __future__ import annotations

import os
import posixpath
from sys import _getframe

from ..trace import constants
from . import frames, sink, values
from .patching import hide, quiet, replace
from .processes import share_with_posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@quiet
def _tell_exec(path: Any) -> None:
    # os.execvp tries one folder after the other: most of them do not have it.
    if isinstance(path, int) or os.access(path, os.X_OK):
        line, file = frames.where(_getframe())
        sink.emit_text(constants.PROCESS_EXECD, sink.state.base, values.plain(_words(path)), 0, line, file)
        sink.close()


def _words(path: Any) -> str:
    return f"/proc/self/fd/{path}" if isinstance(path, int) else os.fsdecode(path)


def _make_exec(original: Any) -> Any:
    def execute(path: Any, *args: Any, **kwargs: Any) -> None:
        try:
            _tell_exec(path)
            original(path, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return execute


@quiet
def _tell_spawned(path: Any, child: int) -> None:
    line, file = frames.where(_getframe())
    name = values.plain(posixpath.basename(_words(path)))
    sink.emit_text(constants.PROCESS_SPAWNED, child << 32, f"{name}\0posix_spawn\0", child, line, file)


def _make_spawn(original: Any) -> Any:
    def posix_spawn(path: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            child = original(path, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        # subprocess tells of its children itself.
        if frames.creator(_getframe().f_back) is not None:
            _tell_spawned(path, child)
        return child

    return posix_spawn


def _make_system(original: Any) -> Any:
    def system(command: Any) -> Any:
        # Read only now: most programs have no use for it.
        from .conditions import told_as_wait

        try:
            return told_as_wait(original, (command,), constants.REASON_WAITPID, 0)
        except BaseException as error:
            hide(error)
            raise

    return system


def patch() -> None:
    """Patch os."""
    for name in ("execv", "execve"):
        replace(os, name, _make_exec)
    for name in ("posix_spawn", "posix_spawnp"):
        replace(os, name, _make_spawn)
    replace(os, "system", _make_system)
    share_with_posix("execv", "execve", "posix_spawn", "posix_spawnp", "system")
