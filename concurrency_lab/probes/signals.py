"""Signals: Python handlers as they run, and what is sent to oneself. os.kill is in processes.py."""

from __future__ import annotations

from ..trace import constants
from . import frames, processes, sink
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_BUILTIN = type(len)


class _Handler:
    """What the interpreter calls instead of the user's handler; the program never gets to see it."""

    __slots__ = ("function",)

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, number: int, frame: Any) -> Any:
        while frame is not None and frame.f_globals.get("__package__") == __package__:
            # It broke in upon one of our own functions, which the handler is not to see.
            frame = frame.f_back
        sink.emit(constants.SIGNAL_RECEIVED, sink.state.base, number, *frames.where(frame))
        try:
            return self.function(number, frame)
        except BaseException as error:
            hide(error)
            raise


def _is_users(handler: Any) -> bool:
    """Return whether a handler is the program's, as far as can be seen; not SIG_IGN, not a library's own."""
    if not callable(handler) or isinstance(handler, int):
        return False
    code = frames.code_of(handler)
    # Of the C functions, the default handler for SIGINT is the common one.
    return frames.index_of(code.co_filename) > 0 if code is not None else not isinstance(handler, _BUILTIN)


def _unwrapped(handler: Any) -> Any:
    return handler.function if type(handler) is _Handler else handler


def _pid_of(pidfd: Any) -> Any:
    """Return the process behind a pidfd; None if it cannot be told."""
    try:
        with open(f"/proc/self/fdinfo/{int(pidfd)}", encoding="ascii") as file:
            words = dict(line.split(":", 1) for line in file)
        pid = int(words.get("Pid", "-1"))
    except (OSError, ValueError, TypeError):
        return None
    return pid if pid > 0 else None


def patch_signal(module: Any) -> None:
    """Patch signal."""

    def make_signal(original: Any) -> Any:
        def signal(signalnum: Any, handler: Any) -> Any:
            try:
                return _unwrapped(original(signalnum, _Handler(handler) if _is_users(handler) else handler))
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
            processes.tell_signal(sink.state.pid, signalnum)
            try:
                original(signalnum)
            except BaseException as error:
                hide(error)
                raise

        return raise_signal

    def make_thread_kill(original: Any) -> Any:
        def pthread_kill(thread_id: Any, signalnum: Any, /) -> None:
            processes.tell_signal(sink.state.pid, signalnum)
            try:
                original(thread_id, signalnum)
            except BaseException as error:
                hide(error)
                raise

        return pthread_kill

    def make_pidfd_send(original: Any) -> Any:
        def pidfd_send_signal(pidfd: Any, signalnum: Any, *args: Any) -> None:
            processes.tell_signal(_pid_of(pidfd), signalnum)
            try:
                original(pidfd, signalnum, *args)
            except BaseException as error:
                hide(error)
                raise

        return pidfd_send_signal

    replace(module, "pthread_kill", make_thread_kill)
    replace(module, "pidfd_send_signal", make_pidfd_send)
    replace(module, "signal", make_signal)
    replace(module, "getsignal", make_getsignal)
    replace(module, "raise_signal", make_raise)
