"""Threads: threading.Thread (and Timer, subclasses), _thread.start_new_thread, join, the wait at exit."""

from __future__ import annotations

import _thread
from sys import _getframe, exc_info
from time import thread_time_ns

from ..trace import constants
from . import frames, resources, sink, values
from .conditions import local
from .patching import disguise, hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TAG = resources.TAG
# Functions of libraries whose threads do the user's work: shown like the user's own.
_WORKERS = (("multiprocessing.pool", "worker"), ("concurrent.futures.thread", "_worker"))
# A manager's server does the user's work, too; not that of Manager(), which has a process for itself.
_SERVING = ("multiprocessing.managers", "handle_request")
# The ids of threads that libraries made for themselves.
_internal: set[int] = set()


class Begun:
    """What else is to be done in each new thread before its function runs."""

    hooks: list[Callable[[], None]] = []  # noqa: RUF012 - one for the process


def _id_of(thread: Any) -> int:
    obj: int = thread.__dict__.get(TAG, 0)
    return obj


def _is_internal(thread: Any) -> bool:
    """Return whether a library made the thread for itself; asked only if user code did not make it."""
    target = thread._target
    target = getattr(target, "__func__", target)
    if target is None:
        target = getattr(type(thread), "run", None)
    name = (getattr(target, "__module__", ""), getattr(target, "__name__", ""))
    if name in _WORKERS:
        return False
    if name == _SERVING:
        from .mp_process import is_in_server

        return is_in_server()
    code = frames.code_of(target)
    return code is None or not frames.index_of(code.co_filename)


@quiet
def _adopt(thread: Any, frame: Any) -> None:
    line, file = frames.where(frame)
    internal = "" if frames.creator(frame, ("/threading.py",)) is not None or not _is_internal(thread) else "1"
    obj = resources.new_id()
    if internal:
        _internal.add(obj)
    setattr(thread, TAG, obj)
    text = f"{values.plain(thread._name)}\0{internal}"
    sink.emit_text(constants.THREAD_CREATED, obj, text, bool(thread._daemonic), line, file)


_tell_names = quiet(resources.tell_names)


def _patch_life(module: Any) -> None:
    # These stand for threads that run already.
    stand_ins = (module._MainThread, module._DummyThread)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if not isinstance(self, stand_ins):
                _adopt(self, _getframe().f_back)

        return __init__

    def make_start(original: Any) -> Any:
        def start(self: Any) -> None:
            obj = _id_of(self)
            _tell_names()
            if obj and not self._started.is_set():
                sink.emit(constants.THREAD_LAUNCHED, obj, bool(self._daemonic), *frames.where(_getframe()))
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return start

    def make_bootstrap(original: Any) -> Any:
        def _bootstrap_inner(self: Any) -> None:
            obj = _id_of(self)
            sink.emit(constants.THREAD_STARTED, obj, _thread.get_native_id())
            local.internal = obj in _internal
            for hook in Begun.hooks:
                hook()
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                _internal.discard(obj)
                sink.emit(constants.THREAD_ENDED, obj, thread_time_ns())

        return _bootstrap_inner

    def make_excepthook(original: Any) -> Any:
        def _make_invoke_excepthook() -> Any:
            invoke = original()

            def invoke_excepthook(thread: Any) -> None:
                _tell_crash(thread)
                invoke(thread)

            return invoke_excepthook

        return _make_invoke_excepthook

    def set_name(self: Any, name: Any) -> None:
        former.fset(self, name)
        if _id_of(self):
            sink.emit_text(constants.THREAD_NAMED, _id_of(self), values.plain(self._name))

    former = module.Thread.name
    module.Thread.name = property(former.fget, set_name, former.fdel, former.__doc__)
    replace(module.Thread, "__init__", make_init)
    replace(module.Thread, "start", make_start)
    replace(module.Thread, "_bootstrap_inner", make_bootstrap)
    replace(module, "_make_invoke_excepthook", make_excepthook)


@quiet
def _tell_crash(thread: Any) -> None:
    error = exc_info()[1]
    if error is None or isinstance(error, SystemExit):
        return
    trace = error.__traceback__
    line = file = 0
    while trace is not None:
        index = frames.index_of(trace.tb_frame.f_code.co_filename)
        if index:
            line, file = trace.tb_lineno, index
        trace = trace.tb_next
    sink.emit_text(constants.THREAD_CRASHED, _id_of(thread), values.error(error), 0, line, file)


def _patch_join(module: Any) -> None:
    def make_join(original: Any) -> Any:
        def join(self: Any, timeout: Any = None) -> None:
            obj = _id_of(self)
            line, file = frames.where(_getframe())
            is_told = obj and not resources.is_silent(line) and self._ident not in (None, _thread.get_ident())
            waits = is_told and self.is_alive()
            if waits:
                arg = resources.blocked_arg(constants.REASON_JOIN, timeout)
                sink.emit(constants.LANE_BLOCKED, obj, arg, line, file)
            try:
                original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
            finally:
                ended = is_told and not self.is_alive()
                if waits:
                    sink.emit(constants.LANE_UNBLOCKED, obj, ended, line, file)
            if ended:
                sink.emit(constants.THREAD_JOINED, obj, 0, line, file)

        return join

    def make_shutdown(original: Any) -> Any:
        def _shutdown() -> None:
            me = _thread.get_ident()
            waited = [t for t in module._enumerate() if not t._daemonic and t._ident != me and t.is_alive()]
            if waited:
                sink.emit_text(constants.LANE_BLOCKED, _id_of(waited[0]), "1", constants.REASON_JOIN)
            former = local.depth
            local.depth = former + 1
            try:
                original()
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.depth = former
                if waited:
                    sink.emit(constants.LANE_UNBLOCKED, _id_of(waited[0]), 1)

        return _shutdown

    replace(module.Thread, "join", make_join)
    replace(module, "_shutdown", make_shutdown)


def patch_threading(module: Any) -> None:
    """Patch threading."""
    module._start_new_thread = _raw_start_new_thread
    _patch_life(module)
    _patch_join(module)


_raw_start_new_thread = _thread.start_new_thread


class _Function:
    """What start_new_thread runs; looks like the user's function where an error message shows it."""

    __slots__ = ("_function", "_obj")

    def __init__(self, function: Any, obj: int) -> None:
        self._function = function
        self._obj = obj

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        obj = self._obj
        sink.emit(constants.THREAD_STARTED, obj, _thread.get_native_id())
        for hook in Begun.hooks:
            hook()
        try:
            self._function(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            sink.emit(constants.THREAD_ENDED, obj, thread_time_ns())

    def __repr__(self) -> str:
        return repr(self._function)


def patch_thread() -> None:
    """Patch _thread."""

    def start_new_thread(function: Any, args: Any, *rest: Any) -> int:
        if callable(function) and isinstance(args, tuple):
            line, file = frames.where(_getframe())
            obj = resources.new_id()
            internal = "" if frames.creator(_getframe().f_back) is not None or frames.of_function(function)[1] else "1"
            text = f"{values.function_name(function)}\0{internal}"
            sink.emit_text(constants.THREAD_CREATED, obj, text, 1, line, file)
            sink.emit(constants.THREAD_LAUNCHED, obj, 1, line, file)
            function = _Function(function, obj)
        try:
            return _raw_start_new_thread(function, args, *rest)
        except BaseException as error:
            hide(error)
            raise

    thread: Any = _thread
    thread.start_new_thread = thread.start_new = disguise(start_new_thread, _raw_start_new_thread)
