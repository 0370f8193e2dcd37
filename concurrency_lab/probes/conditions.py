"""threading.Condition: who waits, and exactly who woke whom. Also how the waits inside of library classes are told."""

from __future__ import annotations

import _thread
from sys import _getframe

from ..trace import constants
from . import frames, locks, resources, rlocks, sink
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local

# Set when threading is patched.
_watched: Any = None


def watch(condition: Any, reason: int, tag: Any) -> None:
    """Tell waits on a library's own condition as waits of the thing that it is a part of."""
    if _watched is not None and type(condition) is _watched.__bases__[0]:
        condition.__class__ = _watched
        condition._concurrency_lab_wait = (reason, tag)


def told_as_wait(call: Any, args: tuple[Any, ...], reason: int, obj: int, timeout_s: Any = None) -> Any:
    """Make a call of a library's that blocks; tell it as one wait of the user's code."""
    line, file = frames.where(_getframe())
    if resources.is_silent(line):
        return call(*args)
    result: Any = False
    depth = local.depth
    local.depth = depth + 1
    sink.emit(constants.LANE_BLOCKED, obj, resources.blocked_arg(reason, timeout_s), line, file)
    try:
        result = call(*args)
        return result
    finally:
        local.depth = depth
        sink.emit(constants.LANE_UNBLOCKED, obj, result is not False, line, file)


def _make_watched(condition_type: Any) -> Any:
    wait_on = condition_type.wait

    class Condition(condition_type):  # type: ignore[misc]
        _concurrency_lab_wait: tuple[int, Any]

        def wait(self, timeout: Any = None) -> Any:
            reason, tag = self._concurrency_lab_wait
            try:
                return told_as_wait(wait_on, (self, timeout), reason, tag.id, timeout)
            except BaseException as error:
                hide(error)
                raise

    Condition.__qualname__ = condition_type.__qualname__
    Condition.__module__ = condition_type.__module__
    return Condition


def _make_waiters(deque: Any) -> Any:
    get_ident = _thread.get_ident

    class Waiters(deque):  # type: ignore[misc]
        """Condition._waiters. `append` runs in the waiter; the notifier takes `[0]` before it wakes it."""

        __slots__ = ("tag", "waits", "wakers")

        def append(self, waiter: Any) -> None:
            self.waits[get_ident()] = waiter
            _, line, file = local.wait or (None, 0, 0)
            sink.emit(constants.CONDITION_WAITED, self.tag.id, len(self) + 1, line, file)
            deque.append(self, waiter)

        def __getitem__(self, index: Any) -> Any:
            waiter = deque.__getitem__(self, index)
            # The waiter may run before remove() is called: it must find its waker now.
            self.wakers[id(waiter)] = get_ident()
            return waiter

        def __reduce__(self) -> Any:
            return deque, (list(self),)

    return Waiters


def _leaving(lock: Any, tag: Any, inner: Any) -> Any:
    """Return the condition's `_release_save`: told as released, then as blocked, then done."""
    is_traced = type(lock) in (locks.Lock, rlocks.RLock)
    if type(lock) is locks.Lock:
        inner = lock._lock.release
    elif type(lock) is rlocks.RLock:
        inner = rlocks.raw_rlock._release_save.__get__(lock)

    def _release_save() -> Any:
        timeout, line, file = local.wait or (None, 0, 0)
        if is_traced:
            rlocks.given_back(lock, line, file)
        arg = resources.blocked_arg(constants.REASON_CONDITION, timeout)
        sink.emit(constants.LANE_BLOCKED, tag.id, arg, line, file)
        return inner()

    return _release_save


def _returning(tag: Any, waiters: Any, inner: Any) -> Any:
    """Return the condition's `_acquire_restore`: the waiter runs again, and takes its lock."""
    get_ident = _thread.get_ident

    def _acquire_restore(saved: Any) -> None:
        _, line, file = local.wait or (None, 0, 0)
        waker = waiters.wakers.pop(id(waiters.waits.pop(get_ident(), None)), None)
        sink.emit(constants.LANE_UNBLOCKED, tag.id, waker is not None, line, file)
        if waker is not None:
            sink.emit(constants.CONDITION_WOKEN, tag.id, waker, line, file)
        inner(saved)

    return _acquire_restore


@quiet
def _adopt(condition: Any, deque: Any, frame: Any) -> None:
    """Begin to trace a condition of the user's."""
    line, file = frames.where(frame)
    lock = condition._lock
    fields = (getattr(lock, "_tag", ""), frames.variable(frame))
    tag = resources.created(constants.CONDITION_CREATED, fields, 0, line, file)
    waiters = deque()
    waiters.tag, waiters.waits, waiters.wakers = tag, {}, {}
    condition._waiters = waiters
    condition._release_save = _leaving(lock, tag, condition._release_save)
    condition._acquire_restore = _returning(tag, waiters, condition._acquire_restore)
    setattr(condition, TAG, tag)


def patch_threading(module: Any) -> None:
    """Patch threading.Condition."""
    global _watched
    _watched = _make_watched(module.Condition)
    deque = _make_waiters(module._deque)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, lock: Any = None) -> None:
            frame = frames.creator(_getframe().f_back)
            if frame is not None and lock is None:
                name = frames.variable(frame)
                lock = rlocks.new_rlock(f"{name}._lock" if name else "", *frames.where(frame))
            try:
                original(self, lock)
            except BaseException as error:
                hide(error)
                raise
            if frame is not None:
                _adopt(self, deque, frame)

        return __init__

    def make_wait(original: Any) -> Any:
        def wait(self: Any, timeout: Any = None) -> Any:
            former = local.wait
            if TAG in self.__dict__:
                local.wait = (timeout, *frames.where(_getframe()))
            try:
                return original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.wait = former

        return wait

    def make_notify(original: Any) -> Any:
        def notify(self: Any, n: Any = 1) -> None:
            try:
                tag = self.__dict__.get(TAG)
                if tag is not None and type(n) is int and self._is_owned():
                    line, file = frames.where(_getframe())
                    waiters = len(self._waiters)
                    sink.emit_text(constants.CONDITION_NOTIFIED, tag.id, str(n), waiters, line, file)
                original(self, n)
            except BaseException as error:
                hide(error)
                raise

        return notify

    replace(module.Condition, "__init__", make_init)
    replace(module.Condition, "wait", make_wait)
    replace(module.Condition, "notify", make_notify)
