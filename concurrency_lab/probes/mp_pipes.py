"""multiprocessing's Pipe and connections, where user code itself sends and receives."""

from __future__ import annotations

import _thread
from sys import _getframe

from ..trace import constants
from . import frames, pipes, resources, shared_ids, sink, values
from .conditions import told_as_wait
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

local = resources.local
_PASSING = ("/multiprocessing/connection.py",)


# The attribute of a connection to a manager: what it was asked so far, and the id of this end of it.
CALLS = "_concurrency_lab_calls"


def call_id(end: int, number: int) -> str:
    """Return the id of one request, which client and server know alike."""
    return resources.name_of(shared_ids.of_words("call", end, number))


@quiet
def tell_call(connection: Any) -> None:
    """Tell of a manager's method that is called: its request is sent now."""
    obj, method, line, file = local.call
    local.call = None
    number, end = connection.__dict__[CALLS]
    connection.__dict__[CALLS] = (number + 1, end)
    text = f"{method}\0{call_id(end, number)}"
    sink.emit_text(constants.MANAGER_CALLED, obj, text, 0, line, file)


class _Message(_thread._local):
    """The object that this thread sends, or the size of what it has just received."""

    value: Any = None
    size: Any = None


_message = _Message()


def _is_users() -> bool:
    """Return whether user code itself calls, through connection.py alone, and no queue, pool or manager for it."""
    if local.depth:
        return False
    frame: Any = _getframe(2)
    while frame is not None and (
        frame.f_globals.get("__package__") == __package__ or frame.f_code.co_filename.endswith(_PASSING)
    ):
        frame = frame.f_back
    return frames.creator(frame) is not None


def _patch_send(kind: Any) -> None:
    def make_send(original: Any) -> Any:
        def send(self: Any, obj: Any) -> None:
            former = _message.value
            _message.value = values.short(obj)
            try:
                original(self, obj)
            except BaseException as error:
                hide(error)
                raise
            finally:
                _message.value = former

        return send

    def make_send_bytes(original: Any) -> Any:
        def _send_bytes(self: Any, buf: Any) -> Any:
            try:
                if local.call is not None and CALLS in self.__dict__:
                    tell_call(self)
                obj = shared_ids.of_connection(self) if _is_users() else 0
                if not obj:
                    return original(self, buf)
                size = len(buf)
                value = values.short(bytes(buf[:90])) if _message.value is None else _message.value
                sink.emit_text(constants.PIPE_SENT, obj, value, size, *frames.where(_getframe()))
                if size < pipes.ROOM and pipes.is_ready(self._handle, True):
                    return original(self, buf)
                return told_as_wait(original, (self, buf), constants.REASON_IO, obj)
            except BaseException as error:
                hide(error)
                raise

        return _send_bytes

    replace(kind.__mro__[1], "send", make_send)
    replace(kind, "_send_bytes", make_send_bytes)


def _patch_receive(kind: Any) -> None:
    def make_recv(original: Any) -> Any:
        def recv(self: Any) -> Any:
            obj = shared_ids.of_connection(self) if _is_users() else 0
            _message.size = 0
            try:
                value = original(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                size, _message.size = _message.size, None
            if obj:
                line, file = frames.where(_getframe())
                sink.emit_text(constants.PIPE_RECEIVED, obj, values.short(value), size or 0, line, file)
            return value

        return recv

    def make_recv_bytes(original: Any) -> Any:
        def _recv_bytes(self: Any, *args: Any) -> Any:
            try:
                obj = shared_ids.of_connection(self) if _is_users() else 0
                if not obj or pipes.is_ready(self._handle, False):
                    buf = original(self, *args)
                else:
                    buf = told_as_wait(original, (self, *args), constants.REASON_IO, obj)
            except BaseException as error:
                hide(error)
                raise
            if buf is None:
                return buf
            size = len(buf.getbuffer())
            if _message.size is not None:
                _message.size = size
            elif obj:
                line, file = frames.where(_getframe())
                value = values.short(bytes(buf.getbuffer()[:90]))
                sink.emit_text(constants.PIPE_RECEIVED, obj, value, size, line, file)
            return buf

        return _recv_bytes

    def make_poll(original: Any) -> Any:
        def poll(self: Any, timeout: Any = 0.0) -> Any:
            try:
                obj = shared_ids.of_connection(self) if timeout != 0 and _is_users() else 0
                if not obj or pipes.is_ready(self._handle, False):
                    return original(self, timeout)
                return told_as_wait(original, (self, timeout), constants.REASON_IO, obj, timeout)
            except BaseException as error:
                hide(error)
                raise

        return poll

    replace(kind.__mro__[1], "recv", make_recv)
    replace(kind, "_recv_bytes", make_recv_bytes)
    replace(kind.__mro__[1], "poll", make_poll)


@quiet
def _tell_ends(connection: Any, frame: Any, is_accepted: bool) -> None:
    """Tell of this end of a connection; where only the one who accepted knows the other one, of that, too."""
    is_internet = bool(shared_ids.of_internet(connection._handle)[0])
    here, there = shared_ids.ends_of(connection) if is_accepted or is_internet else (0, 0)
    if not here or not there:
        return
    line, file = frames.where(frame)
    text = f"multiprocessing.Connection\0{frames.variable(frame, True)}\0{resources.name_of(there)}"
    sink.emit_text(constants.PIPE_CREATED, here, text, 0, line, file)
    if not is_internet:
        text = f"multiprocessing.Connection\0\0{resources.name_of(here)}"
        sink.emit_text(constants.PIPE_CREATED, there, text, 0, line, file)


def patch_connection(module: Any) -> None:
    """Patch multiprocessing.connection."""

    def make_pipe(original: Any) -> Any:
        def Pipe(duplex: Any = True) -> Any:
            try:
                ends = original(duplex)
            except BaseException as error:
                hide(error)
                raise
            frame = frames.creator(_getframe().f_back, ("/multiprocessing/context.py",))
            if frame is not None:
                first, second = (shared_ids.of_connection(end) for end in ends)
                pipes.tell_created("multiprocessing.Pipe", first, second, frame)
            return ends

        return Pipe

    def make_accept(original: Any) -> Any:
        def accept(self: Any) -> Any:
            frame = frames.creator(_getframe().f_back)
            try:
                if frame is None:
                    return original(self)
                # One wait, handshake and all.
                connection = told_as_wait(original, (self,), constants.REASON_IO, 0)
            except BaseException as error:
                hide(error)
                raise
            _tell_ends(connection, frame, True)
            return connection

        return accept

    def make_client(original: Any) -> Any:
        def Client(*args: Any, **kwargs: Any) -> Any:
            frame = frames.creator(_getframe().f_back)
            try:
                if frame is None:
                    return original(*args, **kwargs)
                connection = told_as_wait(lambda: original(*args, **kwargs), (), constants.REASON_IO, 0)
            except BaseException as error:
                hide(error)
                raise
            _tell_ends(connection, frame, False)
            return connection

        return Client

    replace(module, "Pipe", make_pipe)
    replace(module, "Client", make_client)
    replace(module.Listener, "accept", make_accept)
    _patch_send(module.Connection)
    _patch_receive(module.Connection)
