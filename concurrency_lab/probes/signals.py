"""Signals: Python handlers as they run, and what is sent to oneself. os.kill is in processes.py."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, processes, sink
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Handler:
    """What the interpreter calls instead of the user's handler; the program never gets to see it."""

    __slots__ = ("function",)

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, number: int, frame: Any) -> Any:
        sink.emit(constants.SIGNAL_RECEIVED, sink.state.base, number, *frames.where(frame))
        try:
            return self.function(number, frame)
        except BaseException as error:
            hide(error)
            raise


def _unwrapped(handler: Any) -> Any:
    return handler.function if type(handler) is _Handler else handler


def patch_signal(module: Any) -> None:
    """Patch signal."""
    import _signal

    def make_signal(original: Any) -> Any:
        def signal(signalnum: Any, handler: Any) -> Any:
            try:
                # The default one is C and stays what it is: its name says all.
                wrap = callable(handler) and handler is not _signal.default_int_handler
                is_number = isinstance(handler, int)
                return _unwrapped(original(signalnum, _Handler(handler) if wrap and not is_number else handler))
            except BaseException as error:
                hide(error)
                raise

        return signal

    def make_getsignal(original: Any) -> Any:
        def getsignal(signalnum: Any) -> Any:
            try:
                return _unwrapped(original(signalnum))
            except BaseException as error:
                hide(error)
                raise

        return getsignal

    def make_raise(original: Any) -> Any:
        def raise_signal(signalnum: Any, /) -> None:
            processes.tell_signal(sink.state.pid, signalnum, _getframe(1))
            try:
                original(signalnum)
            except BaseException as error:
                hide(error)
                raise

        return raise_signal

    replace(module, "signal", make_signal)
    replace(module, "getsignal", make_getsignal)
    replace(module, "raise_signal", make_raise)
