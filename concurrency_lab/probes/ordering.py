"""What orders two threads beyond what the other families tell, such as `is_set()` and a future's `result()`.

Installed only where data races are looked for. `order.released` comes before what others are shown, as for a lock.
"""

from __future__ import annotations

import _thread
from sys import _getframe

from ..trace import constants
from . import frames, inbox, mp_pool, resources, rlocks, sink
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TAG = resources.TAG
_ORDER = "_concurrency_lab_order"
_SETS = "_concurrency_lab_sets"
_ARRIVED = "_concurrency_lab_arrived"


def _release(obj: int) -> None:
    sink.emit(constants.ORDER_RELEASED, obj)


def _acquire(obj: int) -> None:
    sink.emit(constants.ORDER_ACQUIRED, obj)


def _order_of(thing: Any) -> int:
    """Return the id by which what is handed over with this object is told; made when it is first asked for."""
    obj: int = thing.__dict__.get(_ORDER) or thing.__dict__.setdefault(_ORDER, resources.new_id())
    return obj


def _around(before: Callable[[Any], None] | None, after: Callable[[Any, Any], None] | None) -> Any:
    """Return a maker of methods that tell before and after the original; `after` gets its result, too."""

    def make(original: Any) -> Any:
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = None
            if before is not None:
                before(self)
            try:
                result = original(self, *args, **kwargs)
                return result
            except BaseException as error:
                hide(error)
                raise
            finally:
                if after is not None:
                    after(self, result)

        return method

    return make


# -- threading -----------------------------------------------------------------------------------------


class _Seen(_thread._local):
    """event -> how often it had been set when this thread last saw it set."""

    def __init__(self) -> None:
        self.sets: dict[int, int] = {}


_seen = _Seen()


def _count_set(event: Any) -> None:
    event.__dict__[_SETS] = event.__dict__.get(_SETS, 0) + 1


def _saw_event(event: Any, is_set: Any) -> None:
    tag = event.__dict__.get(TAG)
    if tag is not None and is_set:
        sets = event.__dict__.get(_SETS, 0)
        # A loop that asks again and again is told once.
        if _seen.sets.get(tag.id) != sets:
            _seen.sets[tag.id] = sets
            _acquire(tag.id)


def _saw_thread(thread: Any, is_alive: Any) -> None:
    obj = thread.__dict__.get(TAG)
    if obj and is_alive is False and thread._started.is_set() and frames.index_of(_getframe(2).f_code.co_filename):
        _acquire(obj)


def _patch_barrier(kind: Any) -> None:
    """All that its parties did before one turn comes before all that they do after it."""

    def arrived(barrier: Any, _: Any) -> None:
        turn = _order_of(barrier)
        barrier.__dict__.setdefault(_ARRIVED, {})[_thread.get_ident()] = turn
        _release(turn)

    def complete(barrier: Any) -> None:
        _acquire(_order_of(barrier))

    def let_go(barrier: Any, _: Any) -> None:
        # The barrier's action has run; nobody is off before its lock is given back.
        _release(_order_of(barrier))
        barrier.__dict__.pop(_ORDER, None)

    def passed(barrier: Any, _: Any) -> None:
        turn = barrier.__dict__.get(_ARRIVED, {}).pop(_thread.get_ident(), 0)
        if turn:
            _acquire(turn)

    replace(kind, "_enter", _around(None, arrived))
    replace(kind, "_release", _around(complete, let_go))
    replace(kind, "_exit", _around(None, passed))


def patch_threading(module: Any, stop: Callable[[], None]) -> None:
    """Patch threading; `stop` is called when only the interpreter's own end is left."""
    replace(module.Event, "set", _around(_count_set, None))
    replace(module.Event, "is_set", _around(None, _saw_event))
    replace(module.Event, "wait", _around(None, _saw_event))
    replace(module.Thread, "is_alive", _around(None, _saw_thread))
    _patch_barrier(module.Barrier)

    def make_shutdown(original: Any) -> Any:
        def _shutdown() -> None:
            try:
                original()
            except BaseException as error:
                hide(error)
                raise
            finally:
                stop()

        return _shutdown

    replace(module, "_shutdown", make_shutdown)


# -- queue, logging ------------------------------------------------------------------------------------


def _all_done(queue: Any, _: Any) -> None:
    traced = queue.__dict__.get(TAG)
    if traced is not None:
        _acquire(traced[0].id)


def patch_queue(module: Any) -> None:
    """Patch queue; puts and gets are told by the queue's own probes."""
    replace(module.Queue, "join", _around(None, _all_done))


def patch_logging(module: Any) -> None:
    """Patch logging: what a handler of the user's does is done under the handler's lock."""

    def lock_told(handler: Any, _: Any) -> None:
        code = frames.code_of(getattr(type(handler), "emit", None))
        if code is not None and frames.index_of(code.co_filename):
            handler.lock = rlocks.new_rlock(f"{type(handler).__name__}.lock", *frames.where(_getframe()))

    replace(module.Handler, "createLock", _around(None, lock_told))


# -- futures and pools ---------------------------------------------------------------------------------


def _has_ended(future: Any) -> bool:
    return future._state in ("CANCELLED", "CANCELLED_AND_NOTIFIED", "FINISHED")


def _resolves(future: Any) -> None:
    _release(_order_of(future))


def _looked_at(future: Any, _: Any = None) -> None:
    if _has_ended(future):
        _acquire(_order_of(future))


def patch_futures_base(module: Any) -> None:
    """Patch concurrent.futures._base."""

    def make_wait(original: Any) -> Any:
        def wait(*args: Any, **kwargs: Any) -> Any:
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            for future in result.done:
                _looked_at(future)
            return result

        return wait

    def make_yield(original: Any) -> Any:
        def _yield_finished_futures(fs: Any, *args: Any, **kwargs: Any) -> Any:
            for future in fs:
                _looked_at(future)
            return original(fs, *args, **kwargs)

        return _yield_finished_futures

    for name in ("set_result", "set_exception", "cancel"):
        replace(module.Future, name, _around(_resolves, None))
    for name in ("result", "exception", "done"):
        replace(module.Future, name, _around(None, _looked_at))
    replace(module.Future, "add_done_callback", _around(_looked_at, None))
    replace(module, "wait", make_wait)
    replace(module, "_yield_finished_futures", make_yield)


def patch_futures_thread(module: Any) -> None:
    """Patch concurrent.futures.thread: from submit() to the worker."""

    def submitted(item: Any, _: Any) -> None:
        _release(_order_of(item))

    def begins(item: Any) -> None:
        _acquire(_order_of(item))

    replace(module._WorkItem, "__init__", _around(None, submitted))
    replace(module._WorkItem, "run", _around(begins, None))


def patch_pool(module: Any) -> None:
    """Patch multiprocessing.pool: a task comes after all that was handed in, a result after all that was done."""
    handed_in, done = resources.new_id(), resources.new_id()

    def told_back(callback: Any) -> Any:
        def call(value: Any) -> None:
            try:
                callback(value)
            except BaseException as error:
                hide(error)
                raise
            finally:
                _release(done)

        return call

    def hands_in(result: Any, _: Any) -> None:
        _release(handed_in)
        for name in ("_callback", "_error_callback"):
            if result.__dict__.get(name):
                setattr(result, name, told_back(getattr(result, name)))

    def has_result(result: Any, _: Any = None) -> None:
        _acquire(done)

    replace(module.ApplyResult, "__init__", _around(None, hands_in))
    replace(module.IMapIterator, "__init__", _around(None, hands_in))
    for name in ("get", "wait", "ready"):
        replace(module.ApplyResult, name, _around(None, has_result))
    replace(module.ApplyResult, "_set", _around(has_result, None))
    replace(module.MapResult, "_set", _around(has_result, None))
    replace(module.IMapIterator, "next", _around(None, has_result))
    module.IMapIterator.__next__ = module.IMapIterator.next
    replace(inbox.Inbox, "get", _around(None, lambda inbox, _: _acquire(handed_in)))
    replace(mp_pool._Outbox, "put", _around(lambda outbox: _release(done), None))


# -- asyncio -------------------------------------------------------------------------------------------


def patch_base_events(module: Any) -> None:
    """Patch asyncio.base_events: what another thread hands to the loop."""

    def hands_over(loop: Any) -> None:
        _release(_order_of(loop))
        loop.__dict__[_ARRIVED] = True

    replace(module.BaseEventLoop, "call_soon_threadsafe", _around(hands_over, None))


def patch_events(module: Any) -> None:
    """Patch asyncio.events: the loop runs what it was handed."""

    def make_run(original: Any) -> Any:
        def _run(self: Any) -> None:
            if self._loop.__dict__.get(_ARRIVED):
                self._loop.__dict__[_ARRIVED] = False
                _acquire(_order_of(self._loop))
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return _run

    replace(module.Handle, "_run", make_run)
