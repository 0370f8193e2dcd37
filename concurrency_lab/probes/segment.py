"""One segment: a file of slots, mapped into this process. Only makes and drops them; knows no records."""

from __future__ import annotations

import mmap
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Below 3.13 a mapping keeps a descriptor of its own. Put out of the way, the program's own files
# still get the numbers they get in a plain run.
_LOWEST_FD = 96
_CREATE = posix.O_CREAT | posix.O_EXCL | posix.O_RDWR | posix.O_CLOEXEC

# Mappings that cannot be let go: the program has closed their descriptor, and dropping the mapping
# would close whatever has that number now.
_kept: list[Any] = []


class Segment:
    """A mapped segment; `map` is what records are packed into."""

    __slots__ = ("_fd", "_inode", "map")

    def __init__(self, path: str, size: int) -> None:
        """Create the file under another name and rename it: no reader sees a half-made one."""
        fd = posix.open(path + ".new", _CREATE, 0o600)
        try:
            # Not ftruncate: on a full file system a write to a page that has no memory kills the process.
            posix.posix_fallocate(fd, 0, size)
            self._fd = -1
            if sys.version_info >= (3, 13):
                self.map = mmap.mmap(fd, size, trackfd=False)
            else:
                self._map_high(fd, size)
        except BaseException:
            posix.unlink(path + ".new")
            raise
        finally:
            posix.close(fd)
        posix.rename(path + ".new", path)

    def _map_high(self, fd: int, size: int) -> None:
        fillers: list[int] = []
        try:
            try:
                while not fillers or fillers[-1] < _LOWEST_FD:
                    fillers.append(posix.dup(fd))
            except OSError:
                # No descriptor left: it has to do without.
                pass
            if fillers:
                # The mapping takes the lowest free number, which is the one given back here.
                self._fd = fillers.pop()
                posix.close(self._fd)
            self.map = mmap.mmap(fd, size)
            status = posix.fstat(fd)
            self._inode = (status.st_dev, status.st_ino)
        finally:
            for filler in fillers:
                posix.close(filler)

    def drop(self) -> None:
        """Unmap it, unless that could close a file of the program."""
        if self._fd >= 0:
            try:
                status = posix.fstat(self._fd)
                safe = (status.st_dev, status.st_ino) == self._inode
            except OSError:
                safe = False
            if not safe:
                _kept.append(self.map)
        del self.map
