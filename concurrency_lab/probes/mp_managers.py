"""multiprocessing's managers: what is asked of their servers, by whom. One id for an object of a server's, also
in programs that were started apart and connect to it by a port."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, shared_ids, sink, values
from .conditions import told_as_wait
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PASSING = ("/multiprocessing/managers.py",)


def _id_of(proxy: Any) -> int:
    address = proxy._token.address
    # A server's own host has many names; a port only one.
    place = address[-1] if type(address) is tuple and address else address
    return shared_ids.of_words("manager", place, proxy._token.id)


@quiet
def _tell_created(proxy: Any, frame: Any) -> None:
    text = f"{values.plain(str(proxy._token.typeid))} of a manager\0{frames.variable(frame)}"
    sink.emit_text(constants.SHARED_CREATED, _id_of(proxy), text, 0, *frames.where(frame))


def patch_managers(module: Any) -> None:
    """Patch multiprocessing.managers."""

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = frames.creator(_getframe().f_back, _PASSING)
            # One that came from another process has no manager: it was told of there.
            if frame is not None and self._manager is not None:
                _tell_created(self, frame)

        return __init__

    def make_call(original: Any) -> Any:
        def _callmethod(self: Any, methodname: Any, *args: Any, **kwargs: Any) -> Any:
            line, file = frames.where(_getframe())
            try:
                if not line:
                    return original(self, methodname, *args, **kwargs)
                obj = _id_of(self)
                sink.emit_text(constants.MANAGER_CALLED, obj, values.plain(str(methodname)), 0, line, file)
                call = (self, methodname, *args)
                ask = (lambda *given: original(*given, **kwargs)) if kwargs else original
                return told_as_wait(ask, call, constants.REASON_MANAGER, obj)
            except BaseException as error:
                hide(error)
                raise

        return _callmethod

    replace(module.BaseProxy, "__init__", make_init)
    replace(module.BaseProxy, "_callmethod", make_call)
