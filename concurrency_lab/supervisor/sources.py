"""The user's source files of a run: how they are named in events, and their text."""

import os
import stat
from fnmatch import fnmatchcase
from typing import Any

from concurrency_lab.supervisor.launch import user_roots
from concurrency_lab.supervisor.spec import RunSpec

Event = dict[str, Any]
_MAX_BYTES = 512 << 10


class Sources:
    """Names files relative to the program's folder, and collects the texts that the header lacks."""

    def __init__(self, spec: RunSpec, header: Event) -> None:
        self._cwd = spec.cwd or os.getcwd()
        self._base = os.path.dirname(os.path.join(self._cwd, spec.program))
        self._roots = tuple(os.path.join(os.path.realpath(root), "") for root in user_roots(spec))
        self._include = spec.include
        self._known = set(header.get("source", ()))
        self._new: list[Event] = []

    def name(self, path: str) -> str:
        """Return how events say this file; note it if it is new."""
        full = os.path.normpath(os.path.join(self._cwd, path))
        name = os.path.relpath(full, self._base) if full.startswith(self._base + os.sep) else full
        if name not in self._known:
            self._known.add(name)
            text = read_source(full) if self._is_users(full) else None
            if text is not None:
                self._new.append({"kind": "source.loaded", "by": "os", "path": name, "text": text})
        return name

    def _is_users(self, path: str) -> bool:
        """Say whether a file is the user's code: the program, which names it, may not have any other shown."""
        try:
            if os.path.realpath(path).startswith(self._roots):
                return True
        except ValueError:
            # A NUL in it: there is no such file.
            return False
        return any(fnmatchcase(path, glob) for glob in self._include)

    def take_new(self) -> list[Event]:
        """Return the events for files met since the last call."""
        new, self._new = self._new, []
        return new


def read_source(path: str) -> str | None:
    """Return a source file's text, or None where it cannot be read or is too long to keep."""
    try:
        # Without waiting: what bears the name of a source file may be a FIFO.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError):
        return None
    if len(data) > _MAX_BYTES:
        return None
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
