"""The user's source files of a run: how they are named in events, and their text."""

import os
from fnmatch import fnmatchcase
from typing import Any

from concurrency_lab.supervisor import procfs
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
    fd = procfs.open_file(path)
    if fd is None:
        return None
    with open(fd, encoding="utf-8", errors="replace") as file:
        # One more than may be: a file in /proc says that it is empty.
        text = file.read(_MAX_BYTES + 1)
    return text if len(text) <= _MAX_BYTES else None
