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
        obj = 0 if handle is None else of_internet(handle)[0] or of_pipe(handle)
        connection.__dict__[_TAG] = (handle, obj)
    return int(obj)


def of_internet(fd: int) -> tuple[int, int]:
    """Return the ids of this end of a TCP connection and of the other, made of their addresses; 0, 0 for all else."""
    if not _is_socket(fd):
        return 0, 0
    import socket

    if socket.getdefaulttimeout() is not None:
        # Merely to look at it would make it non-blocking, for all who have it.
        return 0, 0
    with socket.socket(fileno=os.dup(fd)) as end:
        if end.family not in (socket.AF_INET, socket.AF_INET6):
            return 0, 0
        here, there = end.getsockname()[:2], end.getpeername()[:2]
    return of_words("tcp", here, there), of_words("tcp", there, here)


def _is_socket(fd: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:
        return False


def ends_of(connection: Any) -> tuple[int, int]:
    """Return the ids of a socket connection's own end and of the other one; 0 for one that cannot be told.

    The end that accepted is asked: the one that connected may not have its other end yet.
    """
    handle = getattr(connection, "_handle", None)
    if handle is None:
        # A connection that speaks another language: XML-RPC.
        return 0, 0
    ends = of_internet(handle)
    return ends if ends[0] else (of_pipe(handle), _peer_of(os.fstat(handle).st_ino))


def _peer_of(inode: int) -> int:
    """Ask the kernel for the other end of a Unix socket; 0 if it does not say."""
    import socket
    import struct

    # sock_diag(7): a unix_diag_req for this inode with UDIAG_SHOW_PEER, any cookie.
    nobody = 0xFFFFFFFF
    request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, nobody, inode, 4, nobody, nobody)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as link:
            link.send(struct.pack("=IHHII", 16 + len(request), 20, 1, 0, 0) + request)
            data = link.recv(4096)
    except OSError:
        return 0
    length, kind = struct.unpack_from("=IH", data)
    at = 32
    while kind == 20 and at + 8 <= min(length, len(data)):
        size, attribute = struct.unpack_from("=HH", data, at)
        if attribute == 2:
            peer: int = struct.unpack_from("=I", data, at + 4)[0]
            return peer
        at += max((size + 3) & ~3, 4)
    return 0


def of_file(fd: int) -> tuple[int, int]:
    """Return what tells a file from all others."""
    status = os.fstat(fd)
    return status.st_dev, status.st_ino
