"""Ids of what is the kernel's or a server's own: made of what every process sees alike, so that nobody carries them."""

from __future__ import annotations

import os
import stat

from . import resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Stands where other ids have a process's number; pipes have 0 and their inode there.
_NOBODY = 0xFFFFFFFF << 32
_TAG = resources.TAG


def of_words(*words: object) -> int:
    """Return an id made of words that are the same in every process."""
    from zlib import crc32

    return _NOBODY | (crc32("\0".join(map(str, words)).encode("utf-8", "replace")) or 1)


def of_pipe(fd: int) -> int:
    """Return the id of the pipe or socket behind a descriptor; 0 if it is neither."""
    try:
        status = os.fstat(fd)
    except OSError:
        return 0
    is_pipe = stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)
    return status.st_ino & 0xFFFFFFFF if is_pipe else 0


def of_connection(connection: Any) -> int:
    """Return the id of a multiprocessing connection's end, which it keeps."""
    handle, obj = connection.__dict__.get(_TAG, (None, 0))
    if handle != connection._handle or handle is None:
        handle = connection._handle
        obj = of_pipe(handle) if handle is not None else 0
        connection.__dict__[_TAG] = (handle, obj)
    return int(obj)


def of_file(fd: int) -> tuple[int, int]:
    """Return what tells a file from all others."""
    status = os.fstat(fd)
    return status.st_dev, status.st_ino
