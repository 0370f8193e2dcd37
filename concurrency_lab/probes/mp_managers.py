"""multiprocessing's managers: what is asked of their servers, by whom. One id for an object of a server's, also
in programs that were started apart and connect to it by a port."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, mp_pipes, resources, shared_ids, sink, values
from .conditions import told_as_wait
from .patching import constructor, hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

local = resources.local
_PASSING = ("/multiprocessing/managers.py",)


def _id_of(address: Any, ident: Any) -> int:
    # A server's own host has many names; a port only one.
    place = address[-1] if type(address) is tuple and address else address
    return shared_ids.of_words("manager", place, ident)


def _tell_created(proxy: Any, frame: Any) -> None:
    # One that came from another process has no manager: it was told of there.
    if proxy._manager is None:
        return
    text = f"{values.plain(str(proxy._token.typeid))} of a manager\0{frames.variable(frame)}"
    obj = _id_of(proxy._token.address, proxy._token.id)
    sink.emit_text(constants.SHARED_CREATED, obj, text, 0, *frames.where(frame))


@quiet
def _begin_to_count(connection: Any) -> None:
    if hasattr(connection, "_handle"):
        connection.__dict__[mp_pipes.CALLS] = (0, shared_ids.of_connection(connection))


class _Served:
    """A server's end of a connection: tells when it begins to do what it is asked, and when it answers."""

    def __init__(self, connection: Any, address: Any) -> None:
        self._connection = connection
        self._address = address
        self._number = -1
        self._obj = 0
        self._end = self._find_end()

    @quiet
    def _find_end(self) -> int:
        return shared_ids.ends_of(self._connection)[1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def recv(self) -> Any:
        """Take a request."""
        request = self._connection.recv()
        self._number += 1
        self._tell_served(request)
        return request

    def send(self, answer: Any) -> None:
        """Answer it."""
        if self._end:
            call = mp_pipes.call_id(self._end, self._number)
            sink.emit_text(constants.MANAGER_ANSWERED, self._obj, call)
        self._connection.send(answer)

    @quiet
    def _tell_served(self, request: Any) -> None:
        if not self._end or type(request) is not tuple:
            return
        self._obj = _id_of(self._address, request[0])
        text = f"{values.plain(str(request[1]))}\0{mp_pipes.call_id(self._end, self._number)}"
        sink.emit_text(constants.MANAGER_SERVED, self._obj, text)


def patch_managers(module: Any) -> None:
    """Patch multiprocessing.managers."""

    def make_call(original: Any) -> Any:
        def _callmethod(self: Any, methodname: Any, *args: Any, **kwargs: Any) -> Any:
            line, file = frames.where(_getframe())
            try:
                if not line:
                    return original(self, methodname, *args, **kwargs)
                obj = _id_of(self._token.address, self._token.id)
                local.call = (obj, values.plain(str(methodname)), line, file)
                call = (self, methodname, *args)
                ask = (lambda *given: original(*given, **kwargs)) if kwargs else original
                return told_as_wait(ask, call, constants.REASON_MANAGER, obj)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.call = None

        return _callmethod

    def make_connect(original: Any) -> Any:
        def _connect(self: Any) -> None:
            # What it says to be let in is none of the program's calls.
            call, local.call = local.call, None
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.call = call
            _begin_to_count(self._tls.connection)

        return _connect

    def make_serve(original: Any) -> Any:
        def serve_client(self: Any, conn: Any) -> None:
            try:
                original(self, _Served(conn, self.address))
            except BaseException as error:
                hide(error)
                raise

        return serve_client

    replace(module.BaseProxy, "__init__", constructor(_tell_created, _PASSING))
    replace(module.BaseProxy, "_callmethod", make_call)
    replace(module.BaseProxy, "_connect", make_connect)
    replace(module.Server, "serve_client", make_serve)
