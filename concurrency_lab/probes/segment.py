"""One segment: a file of slots, mapped into this process. Only makes and drops them; knows no records."""

from __future__ import annotations

import mmap
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Below 3.13 a mapping has a descriptor of its own, and closes that number when it is dropped. The
# descriptor itself is closed at once: the program sees none of ours. The number is then up to anybody,
# so it is a high one, and a mapping is dropped only while its number is nobody's.
_LOWEST_FD = 96
_CREATE = posix.O_CREAT | posix.O_EXCL | posix.O_RDWR | posix.O_CLOEXEC

# (number, mapping): of segments in use, and of those dropped while their number was the program's.
_live: list[tuple[int, Any]] = []
_kept: list[tuple[int, Any]] = []
if sys.version_info < (3, 13):
    import fcntl

    # What is registered here is forgotten after all else, when no file is open any more whose number
    # a mapping could close.
    posix.register_at_fork(after_in_child=_live.copy)
    posix.register_at_fork(after_in_child=_kept.copy)


class Segment:
    """A mapped segment; `map` is what records are packed into."""

    __slots__ = ("_number", "map")

    def __init__(self, path: str, size: int) -> None:
        """Create the file under another name and rename it: no reader sees a half-made one."""
        fd = posix.open(path + ".new", _CREATE, 0o600)
        try:
            # Not ftruncate: on a full file system a write to a page that has no memory kills the process.
            posix.posix_fallocate(fd, 0, size)
            self._number = -1
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
            number = fillers.pop() if fillers else -1
            if number >= 0:
                # The mapping takes the lowest free number, which is the one given back here.
                posix.close(number)
            self.map = mmap.mmap(fd, size)
            status = posix.fstat(fd)
        finally:
            for filler in fillers:
                posix.close(filler)
        if number >= 0 and _is_file(number, status):
            posix.close(number)
            self._number = number
            _live.append((number, self.map))

    def drop(self) -> None:
        """Unmap it, unless that would close a file of the program; then later."""
        if self._number >= 0:
            _live.remove((self._number, self.map))
            _kept.append((self._number, self.map))
        del self.map
        if _kept:
            _kept[:] = [pair for pair in _kept if not _take(pair[0])]


def _is_file(number: int, status: Any) -> bool:
    try:
        found = posix.fstat(number)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)


def _take(number: int) -> bool:
    """Open this very number if it is free, for a mapping to close; return whether it was."""
    try:
        other = posix.open("/dev/null", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return False
    try:
        taken = fcntl.fcntl(other, fcntl.F_DUPFD_CLOEXEC, number)
    except OSError:
        return False
    finally:
        posix.close(other)
    if taken != number:
        posix.close(taken)
    return taken == number
