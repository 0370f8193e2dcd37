"""Pipes of os: pipe, read and write, where user code itself calls them.

A pipe's id is its inode, which all processes that have it see alike. The two ends of a socket pair have one
each; who made them says that they are peers.
"""

from __future__ import annotations

import os
from sys import _getframe

from ..trace import constants
from . import frames, resources, shared_ids, sink, values
from .patching import hide, quiet, replace
from .processes import share_with_posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

local = resources.local
# What a pipe holds: a longer message has to wait for its reader.
ROOM = 65536
# The standard streams that this process began with: their pipes lead out of the run.
_outside: set[int] = set()


def is_ready(fd: int, writing: bool) -> bool:
    """Return whether a read (or write) of this descriptor goes on at once."""
    import select

    poll = select.poll()
    poll.register(fd, select.POLLOUT if writing else select.POLLIN)
    try:
        return bool(poll.poll(0))
    except OSError:
        return True


def _pair(frame: Any) -> tuple[str, str]:
    """Return the names in `reader, writer = ...`."""
    code, at, ops = frame.f_code, frame.f_lasti, frames.load_ops()
    found: list[str] = []
    is_pair = False
    for position in range(at + 2, min(at + 60, len(code.co_code)), 2):
        name, number = ops.get(code.co_code[position], ""), code.co_code[position + 1]
        if name == "CACHE":
            continue
        if name == "UNPACK_SEQUENCE" and number == 2 and not is_pair:
            is_pair = True
        elif is_pair and name in ("STORE_NAME", "STORE_GLOBAL"):
            found.append(code.co_names[number])
        elif is_pair and name in ("STORE_FAST", "STORE_DEREF"):
            found.append(frames._local(code, number))
        elif is_pair and name == "STORE_FAST_STORE_FAST":
            found += [frames._local(code, number >> 4), frames._local(code, number & 15)]
        elif ops.get(code.co_code[at]) != "PRECALL" or name != "CALL":
            break
        if len(found) == 2:
            return found[0], found[1]
    return "", ""


def as_wait(original: Any, args: tuple[Any, ...], obj: int) -> Any:
    """Make a call that has to wait for the pipe's other end."""
    # Not read until then: most programs have no pipes.
    from .conditions import told_as_wait

    try:
        return told_as_wait(original, args, constants.REASON_IO, obj)
    except BaseException as error:
        hide(error)
        raise


@quiet
def tell_created(kind: str, first: int, second: int, frame: Any) -> None:
    """Tell of a pipe, or of the two ends of a two-way one."""
    line, file = frames.where(frame)
    names = _pair(frame)
    one, two = resources.name_of(first), resources.name_of(second)
    if first == second:
        sink.emit_text(constants.PIPE_CREATED, first, f"{kind}\0{', '.join(filter(None, names))}\0{one}", 0, line, file)
        return
    sink.emit_text(constants.PIPE_CREATED, first, f"{kind}\0{names[0]}\0{two}", 0, line, file)
    sink.emit_text(constants.PIPE_CREATED, second, f"{kind}\0{names[1]}\0{one}", 0, line, file)


# -- os ------------------------------------------------------------------------------------------------


def _make_pipe(original: Any) -> Any:
    def pipe(*args: Any) -> Any:
        try:
            ends = original(*args)
        except BaseException as error:
            hide(error)
            raise
        frame = frames.creator(_getframe().f_back)
        if frame is not None:
            obj = shared_ids.of_pipe(ends[0])
            tell_created("pipe", obj, obj, frame)
        return ends

    return pipe


def _users_pipe(fd: Any) -> int:
    """Return the id of the pipe that user code itself reads or writes; 0 if it is none."""
    if type(fd) is not int or local.depth or frames.creator(_getframe(1).f_back) is None:
        return 0
    obj = shared_ids.of_pipe(fd)
    return 0 if obj in _outside else obj


def _make_read(original: Any) -> Any:
    def read(fd: Any, length: Any, /) -> Any:
        obj = _users_pipe(fd)
        try:
            if not obj:
                return original(fd, length)
            data = original(fd, length) if is_ready(fd, False) else as_wait(original, (fd, length), obj)
        except BaseException as error:
            hide(error)
            raise
        if data:
            line, file = frames.where(_getframe())
            sink.emit_text(constants.PIPE_RECEIVED, obj, values.short(data), len(data), line, file)
        return data

    return read


def _make_write(original: Any) -> Any:
    def write(fd: Any, data: Any, /) -> Any:
        obj = _users_pipe(fd)
        try:
            if not obj:
                return original(fd, data)
            size = memoryview(data).nbytes
            line, file = frames.where(_getframe())
            sink.emit_text(constants.PIPE_SENT, obj, values.short(data), size, line, file)
            if size < ROOM and is_ready(fd, True):
                return original(fd, data)
            return as_wait(original, (fd, data), obj)
        except BaseException as error:
            hide(error)
            raise

    return write


def patch() -> None:
    """Patch os."""
    _outside.update(filter(None, map(shared_ids.of_pipe, (0, 1, 2))))
    replace(os, "pipe", _make_pipe)
    replace(os, "pipe2", _make_pipe)
    replace(os, "read", _make_read)
    replace(os, "write", _make_write)
    share_with_posix("pipe", "pipe2", "read", "write")
