"""multiprocessing's Lock, RLock, Semaphore, Condition, Event, Barrier: the same id in every process that shares one."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, mp_shared, resources, sink
from .conditions import told_as_wait
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local
# `multiprocessing.Lock()` passes through these files; a Lock made by any other is a library's own.
_PASSING = ("/multiprocessing/synchronize.py", "/multiprocessing/context.py")


def guard(semaphore: Any, reason: int, obj: int) -> None:
    """Tell acquires of a library's own semaphore, where they block, as waits of the thing it is a part of."""
    acquire = semaphore._semlock.acquire
    is_condition = reason == constants.REASON_CONDITION

    def wait(timeout: Any) -> Any:
        got = acquire(False) or told_as_wait(acquire, (True, timeout), reason, obj, timeout)
        if got and is_condition:
            # notify() returns only after its waiters woke, and the lock lets in one at a time: it was the last one.
            sink.emit(constants.CONDITION_WOKEN, obj, 0, *frames.where(_getframe()))
        return got

    def told(block: Any = True, timeout: Any = None) -> Any:
        try:
            if not block or (timeout is not None and type(timeout) not in (int, float)):
                return acquire(block, timeout)
            return wait(timeout)
        except BaseException as error:
            hide(error)
            raise

    semaphore.acquire = told


def _trace_lock(lock: Any, obj: int, is_reentrant: bool) -> None:
    semlock = lock._semlock
    raw_acquire, raw_release = semlock.acquire, semlock.release

    def acquire(block: Any = True, timeout: Any = None) -> Any:
        line, file = frames.where(_getframe())
        try:
            got = raw_acquire(False) if block else raw_acquire(block, timeout)
            if not got and block:
                got = _wait(raw_acquire, timeout, constants.REASON_LOCK, obj, line, file)
        except BaseException as error:
            hide(error)
            raise
        if got:
            sink.emit(constants.LOCK_ACQUIRED, obj, semlock._count() if is_reentrant else 1, line, file)
        else:
            sink.emit(constants.LOCK_TRY_FAILED, obj, 0, line, file)
        return got

    def release() -> None:
        held = semlock._is_mine() if is_reentrant else semlock._is_zero()
        if held:
            left = semlock._count() - 1 if is_reentrant else 0
            sink.emit(constants.LOCK_RELEASED, obj, left, *frames.where(_getframe()))
        try:
            raw_release()
        except BaseException as error:
            hide(error)
            raise

    lock.acquire, lock.release = acquire, release


def _wait(acquire: Any, timeout: Any, reason: int, obj: int, line: int, file: int) -> Any:
    got = False
    sink.emit(constants.LANE_BLOCKED, obj, resources.blocked_arg(reason, timeout), line, file)
    try:
        got = acquire(True, timeout)
    finally:
        sink.emit(constants.LANE_UNBLOCKED, obj, got, line, file)
    return got


def _trace_semaphore(semaphore: Any, obj: int) -> None:
    semlock = semaphore._semlock
    raw_acquire, raw_release = semlock.acquire, semlock.release

    def acquire(block: Any = True, timeout: Any = None) -> Any:
        line, file = frames.where(_getframe())
        try:
            got = raw_acquire(False) if block else raw_acquire(block, timeout)
            if not got and block:
                got = _wait(raw_acquire, timeout, constants.REASON_SEMAPHORE, obj, line, file)
        except BaseException as error:
            hide(error)
            raise
        if got:
            sink.emit(constants.SEMAPHORE_ACQUIRED, obj, semlock._get_value(), line, file)
        return got

    def release() -> None:
        free = semlock._get_value() + 1
        if free <= semlock.maxvalue:
            sink.emit(constants.SEMAPHORE_RELEASED, obj, free, *frames.where(_getframe()))
        try:
            raw_release()
        except BaseException as error:
            hide(error)
            raise

    semaphore.acquire, semaphore.release = acquire, release


@quiet
def _attach(semaphore: Any, obj: int) -> None:
    setattr(semaphore, TAG, obj)
    name = type(semaphore).__name__
    if name in ("Lock", "RLock"):
        _trace_lock(semaphore, obj, name == "RLock")
    else:
        _trace_semaphore(semaphore, obj)


@quiet
def _adopt(semaphore: Any, value: int, name: str, line: int, file: int) -> None:
    obj = resources.new_id()
    kind = type(semaphore).__name__
    text = f"multiprocessing.{kind}\0{name}"
    if kind in ("Lock", "RLock"):
        sink.emit_text(constants.LOCK_CREATED, obj, text, 0, line, file)
    else:
        sink.emit_text(constants.SEMAPHORE_CREATED, obj, text, value, line, file)
    resources.note_name(name, obj)
    mp_shared.tell("semaphore", semaphore, obj)
    _attach(semaphore, obj)


def _patch_semlock(module: Any) -> None:
    def make_init(original: Any) -> Any:
        def __init__(self: Any, kind: Any, value: Any, maxvalue: Any, **kwargs: Any) -> None:
            try:
                original(self, kind, value, maxvalue, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = None if local.depth else frames.creator(_getframe().f_back, _PASSING)
            if frame is not None:
                _adopt(self, value, frames.variable(frame), *frames.where(frame))

        return __init__

    def make_setstate(original: Any) -> Any:
        def __setstate__(self: Any, state: Any) -> None:
            try:
                original(self, state)
            except BaseException as error:
                hide(error)
                raise
            obj = mp_shared.ask("semaphore", self)
            if obj:
                _attach(self, obj)

        return __setstate__

    def make_enter(original: Any) -> Any:
        def __enter__(self: Any) -> Any:
            try:
                return self.acquire() if TAG in self.__dict__ else original(self)
            except BaseException as error:
                hide(error)
                raise

        return __enter__

    def make_exit(original: Any) -> Any:
        def __exit__(self: Any, *args: Any) -> Any:
            try:
                return self.release() if TAG in self.__dict__ else original(self, *args)
            except BaseException as error:
                hide(error)
                raise

        return __exit__

    def make_cleanup(original: Any) -> Any:
        def _cleanup(name: Any) -> None:
            mp_shared.forget(name)
            original(name)

        return _cleanup

    replace(module.SemLock, "__init__", make_init)
    replace(module.SemLock, "__setstate__", make_setstate)
    replace(module.SemLock, "__enter__", make_enter)
    replace(module.SemLock, "__exit__", make_exit)
    replace(module.SemLock, "_cleanup", make_cleanup)


def _lock_of(condition: Any, name: str, line: int, file: int) -> str:
    """Return the id of a condition's lock; one that it made for itself is traced from here on."""
    lock = condition._lock
    if not hasattr(lock, TAG) and hasattr(lock, "_semlock"):
        _adopt(lock, 1, f"{name}._lock" if name else "", line, file)
        condition._make_methods()
    obj = getattr(lock, TAG, 0)
    return resources.name_of(obj) if obj else ""


def _composite(role: str, kind: int, part_of: Any, attach: Any) -> tuple[Any, Any]:
    """Return makers of `__init__` and `__setstate__` for a class that is made of semaphores.

    `part_of`: thing -> the semaphore that it is known by in other processes.
    """

    @quiet
    def begin(thing: Any, obj: int) -> None:
        # As threading.Barrier's methods, which this one inherits, look for it.
        setattr(thing, TAG, resources.Shared(obj) if role == "barrier" else obj)
        attach(thing, obj)

    @quiet
    def adopt(thing: Any, frame: Any) -> None:
        line, file = frames.where(frame)
        name = frames.variable(frame)
        fields = [_lock_of(thing, name, line, file)] if role == "condition" else []
        obj = resources.new_id()
        parties = thing._parties if role == "barrier" else 0
        sink.emit_text(kind, obj, "\0".join([*fields, name]), parties, line, file)
        resources.note_name(name, obj)
        mp_shared.tell(role, part_of(thing), obj)
        begin(thing, obj)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            depth = local.depth
            frame = None if depth else frames.creator(_getframe().f_back, _PASSING)
            local.depth = depth + 1
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.depth = depth
            if frame is not None:
                adopt(self, frame)

        return __init__

    def make_setstate(original: Any) -> Any:
        def __setstate__(self: Any, state: Any) -> None:
            try:
                original(self, state)
            except BaseException as error:
                hide(error)
                raise
            obj = mp_shared.ask(role, part_of(self))
            if obj:
                begin(self, obj)

        return __setstate__

    return make_init, make_setstate


def _patch_condition(module: Any) -> None:
    def attach(condition: Any, obj: int) -> None:
        guard(condition._wait_semaphore, constants.REASON_CONDITION, obj)

    def waiting(condition: Any) -> int:
        sleeping, woken = condition._sleeping_count, condition._woken_count
        return int(sleeping._semlock._get_value() - woken._semlock._get_value())

    def make_wait(original: Any) -> Any:
        def wait(self: Any, timeout: Any = None) -> Any:
            obj = self.__dict__.get(TAG)
            if obj:
                sink.emit(constants.CONDITION_WAITED, obj, waiting(self) + 1, *frames.where(_getframe()))
            try:
                return original(self, timeout)
            except BaseException as error:
                hide(error)
                raise

        return wait

    def make_notify(original: Any) -> Any:
        def notify(self: Any, n: Any = 1) -> None:
            obj = self.__dict__.get(TAG)
            if obj and type(n) is int:
                line, file = frames.where(_getframe())
                waiters = waiting(self)
                # notify_all() asks for a number without end.
                count = min(n, waiters) if n > 1 << 30 else n
                sink.emit_text(constants.CONDITION_NOTIFIED, obj, str(count), waiters, line, file)
            try:
                original(self, n)
            except BaseException as error:
                hide(error)
                raise

        return notify

    kind = module.Condition
    make_init, make_setstate = _composite(
        "condition", constants.CONDITION_CREATED, lambda condition: condition._sleeping_count, attach
    )
    replace(kind, "__init__", make_init)
    replace(kind, "__setstate__", make_setstate)
    replace(kind, "wait", make_wait)
    replace(kind, "notify", make_notify)


def _patch_event(module: Any) -> None:
    kind = module.Event
    # Event has no pickling methods of its own: its attributes are pickled, ours among them.
    make_init, _ = _composite("event", constants.EVENT_CREATED, lambda event: event._flag, lambda event, obj: None)

    def make_wait(original: Any) -> Any:
        def wait(self: Any, timeout: Any = None) -> Any:
            obj = self.__dict__.get(TAG)
            try:
                if not obj or not self._flag._semlock._is_zero():
                    return original(self, timeout)
                return told_as_wait(original, (self, timeout), constants.REASON_EVENT, obj, timeout)
            except BaseException as error:
                hide(error)
                raise

        return wait

    def make_set(original: Any) -> Any:
        def set(self: Any) -> None:
            obj = self.__dict__.get(TAG)
            if obj:
                cond = self._cond
                waiters = cond._sleeping_count._semlock._get_value() - cond._woken_count._semlock._get_value()
                sink.emit(constants.EVENT_SET, obj, waiters, *frames.where(_getframe()))
            original(self)

        return set

    def make_clear(original: Any) -> Any:
        def clear(self: Any) -> None:
            obj = self.__dict__.get(TAG)
            if obj:
                sink.emit(constants.EVENT_CLEARED, obj, 0, *frames.where(_getframe()))
            original(self)

        return clear

    replace(kind, "__init__", make_init)
    replace(kind, "wait", make_wait)
    replace(kind, "set", make_set)
    replace(kind, "clear", make_clear)


def _patch_barrier(module: Any) -> None:
    # Its wait() and what breaks it are threading's, which sync.py patches.
    def attach(barrier: Any, obj: int) -> None:
        guard(barrier._cond._wait_semaphore, constants.REASON_BARRIER, obj)

    make_init, make_setstate = _composite(
        "barrier", constants.BARRIER_CREATED, lambda barrier: barrier._cond._sleeping_count, attach
    )
    replace(module.Barrier, "__init__", make_init)
    replace(module.Barrier, "__setstate__", make_setstate)


def patch_synchronize(module: Any) -> None:
    """Patch multiprocessing.synchronize."""
    _patch_semlock(module)
    _patch_condition(module)
    _patch_event(module)
    _patch_barrier(module)
