"""Lock and RLock of threading and _thread. A lock that a library makes for itself stays a raw one."""

from __future__ import annotations

import _thread
from sys import _getframe, version_info

from ..trace import constants
from . import frames, resources, sink
from .patching import disguise, hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

raw_lock = _thread.allocate_lock
raw_rlock: Any = _thread.RLock
LONGEST_S = _thread.TIMEOUT_MAX
_RAW_LOCK_TYPE = _thread.LockType

_ACQUIRED = constants.LOCK_ACQUIRED
_RELEASED = constants.LOCK_RELEASED


class Impersonator(type):
    """Metaclass of a stand-in: whatever is an instance of the original counts as one of the stand-in."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, vars(cls)["_original"])


def _is_plain(blocking: Any, timeout: Any) -> bool:
    """Return whether these are arguments that the original takes without complaint."""
    return type(timeout) in (int, float) and bool(blocking) and 0 <= timeout <= LONGEST_S


def wait_for(acquire: Any, number: int, timeout: Any, line: int, file: int) -> bool:
    """Take a lock that another lane holds, and say that this lane waits for it."""
    timeout_s = None if timeout == -1 else timeout
    got = False
    sink.emit_local(
        constants.LANE_BLOCKED, number, resources.blocked_arg(constants.REASON_LOCK, timeout_s), line, file
    )
    try:
        got = acquire(True, timeout)
    finally:
        sink.emit_local(constants.LANE_UNBLOCKED, number, got, line, file)
    return got


def _make_lock() -> Any:
    # Names that every call needs are local to this function, which is faster and outlives the modules.
    emit_local = sink.emit_local
    get_frame = _getframe
    files_get = frames._files.get
    where = frames.where
    wait = wait_for
    acquired = _ACQUIRED
    released = _RELEASED
    try_failed = constants.LOCK_TRY_FAILED
    is_plain = _is_plain
    conceal = hide

    class Lock(metaclass=Impersonator):
        """A lock that tells; `_lock` is the real one."""

        __slots__ = ("__weakref__", "_lock", "_number")
        _original = _RAW_LOCK_TYPE
        _lock: Any
        _number: int

        def __new__(cls) -> Any:
            frame = frames.creator(get_frame(1))
            if frame is None:
                return raw_lock()
            self = object.__new__(cls)
            self._lock = raw_lock()
            line, file = where(frame)
            fields = ("Lock", frames.variable(frame))
            self._number = resources.created(self, constants.LOCK_CREATED, fields, 0, line, file)
            return self

        def __init_subclass__(cls) -> None:
            raise TypeError("type '_thread.lock' is not an acceptable base type")

        def acquire(self, blocking: Any = True, timeout: Any = -1) -> bool:
            lock = self._lock
            frame = get_frame(1)
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            try:
                if timeout != -1 and not is_plain(blocking, timeout):
                    got = lock.acquire(blocking, timeout)
                else:
                    got = lock.acquire(False)
                    if not got and blocking:
                        got = wait(lock.acquire, self._number, timeout, line, file)
            except BaseException as error:
                conceal(error)
                raise
            if got:
                emit_local(acquired, self._number, 1, line, file)
            else:
                emit_local(try_failed, self._number, 0, line, file)
            return got

        def __enter__(self) -> bool:
            lock = self._lock
            frame = get_frame(1)
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            got = False
            try:
                got = lock.acquire(False) or wait(lock.acquire, self._number, -1, line, file)
                emit_local(acquired, self._number, 1, line, file)
            except BaseException as error:
                # A signal handler raised: the with statement has not begun, so nobody would release it.
                if got:
                    lock.release()
                conceal(error)
                raise
            return True

        def release(self) -> None:
            lock = self._lock
            frame = get_frame(1)
            if lock.locked():
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                emit_local(released, self._number, 0, line, file)
            try:
                lock.release()
            except BaseException as error:
                conceal(error)
                raise

        def __exit__(self, *_: Any) -> None:
            lock = self._lock
            frame = get_frame(1)
            if lock.locked():
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                emit_local(released, self._number, 0, line, file)
            try:
                lock.release()
            except BaseException as error:
                conceal(error)
                raise

        def locked(self) -> bool:
            return bool(self._lock.locked())

        def _at_fork_reinit(self) -> None:
            self._lock._at_fork_reinit()

        # What Condition uses instead of trying it out by acquire(False), which would be told.
        def _is_owned(self) -> bool:
            return bool(self._lock.locked())

        def _release_save(self) -> None:
            self.release()

        def _acquire_restore(self, _: Any) -> None:
            self.acquire()

        acquire_lock = acquire
        release_lock = release
        locked_lock = locked

        def __reduce_ex__(self, protocol: Any) -> Any:
            raise TypeError("cannot pickle '_thread.lock' object")

        def __repr__(self) -> str:
            return f"<{'locked' if self._lock.locked() else 'unlocked'} _thread.lock object at {id(self):#x}>"

    _rename(Lock, "lock", _RAW_LOCK_TYPE)
    return Lock


def _make_rlock() -> Any:
    emit_local = sink.emit_local
    get_frame = _getframe
    files_get = frames._files.get
    where = frames.where
    wait = wait_for
    acquired = _ACQUIRED
    released = _RELEASED
    try_failed = constants.LOCK_TRY_FAILED
    is_plain = _is_plain
    conceal = hide
    base = raw_rlock
    raw_acquire = base.acquire
    raw_release = base.release
    mine = base._is_owned

    class RLock(base):  # type: ignore[misc]
        """A reentrant lock that tells; a real one, so that its C methods work as they are."""

        __slots__ = ("_depth", "_number")
        _number: int
        # Holds of the owner; only the owner reads or writes it.
        _depth: int

        def __new__(cls) -> Any:
            frame = frames.creator(get_frame(1))
            if frame is None:
                return base()
            return new_rlock(frames.variable(frame), *where(frame))

        def acquire(self, blocking: Any = True, timeout: Any = -1) -> Any:
            frame = get_frame(1)
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            try:
                if timeout != -1 and not is_plain(blocking, timeout):
                    got = raw_acquire(self, blocking, timeout)
                else:
                    got = raw_acquire(self, False)
                    if not got and blocking:
                        got = wait(raw_acquire.__get__(self), self._number, timeout, line, file)
            except BaseException as error:
                conceal(error)
                raise
            if got:
                self._depth = depth = self._depth + 1
                emit_local(acquired, self._number, depth, line, file)
            else:
                emit_local(try_failed, self._number, 0, line, file)
            return got

        def __enter__(self) -> Any:
            frame = get_frame(1)
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            got = False
            try:
                got = raw_acquire(self, False) or wait(raw_acquire.__get__(self), self._number, -1, line, file)
                self._depth = depth = self._depth + 1
                emit_local(acquired, self._number, depth, line, file)
            except BaseException as error:
                if got:
                    self._depth = max(self._depth - 1, 0)
                    raw_release(self)
                conceal(error)
                raise
            return True

        def release(self) -> None:
            if mine(self):
                frame = get_frame(1)
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                self._depth = depth = self._depth - 1
                emit_local(released, self._number, depth, line, file)
            try:
                raw_release(self)
            except BaseException as error:
                conceal(error)
                raise

        def __exit__(self, *_: Any) -> None:
            if mine(self):
                frame = get_frame(1)
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                self._depth = depth = self._depth - 1
                emit_local(released, self._number, depth, line, file)
            try:
                raw_release(self)
            except BaseException as error:
                conceal(error)
                raise

        def _release_save(self) -> Any:
            if mine(self):
                line, file = where(get_frame(1))
                self._depth = 0
                emit_local(released, self._number, 0, line, file)
            return base._release_save(self)

        def _acquire_restore(self, saved: Any) -> None:
            line, file = where(get_frame(1))
            retake(self, saved, line, file)

        def _at_fork_reinit(self) -> None:
            self._depth = 0
            base._at_fork_reinit(self)

        def __reduce_ex__(self, protocol: Any) -> Any:
            raise TypeError("cannot pickle '_thread.RLock' object")

        def __repr__(self) -> str:
            return str(base.__repr__(self)).replace("locked RLock object", "locked _thread.RLock object")

    def retake(self: Any, saved: Any, line: int, file: int) -> None:
        holds = saved[0]
        if raw_acquire(self, False):
            for _ in range(holds - 1):
                raw_acquire(self)
        else:
            sink.emit_local(constants.LANE_BLOCKED, self._number, constants.REASON_LOCK, line, file)
            try:
                base._acquire_restore(self, saved)
            finally:
                sink.emit_local(constants.LANE_UNBLOCKED, self._number, 1, line, file)
        self._depth = holds
        emit_local(acquired, self._number, holds, line, file)

    _rename(RLock, "RLock", base)
    return RLock


def _rename(stand_in: Any, name: str, original: Any) -> None:
    stand_in.__module__ = "_thread"
    stand_in.__name__ = stand_in.__qualname__ = name
    stand_in.__doc__ = original.__doc__


Lock = _make_lock()
RLock = _make_rlock()


def new_rlock(name: str, line: int, file: int) -> Any:
    """Return a traced RLock."""
    lock = raw_rlock.__new__(RLock)
    lock._depth = 0
    lock._number = resources.created(lock, constants.LOCK_CREATED, ("RLock", name), 0, line, file)
    return lock


def given_back(lock: Any, line: int, file: int) -> None:
    """Tell that a condition gives its lock back altogether, which it does next."""
    if type(lock) is RLock:
        lock._depth = 0
    sink.emit_local(_RELEASED, lock._number, 0, line, file)


def _rlock_factory(original: Any) -> Any:
    def RLock(*args: Any, **kwargs: Any) -> Any:
        frame = None if args or kwargs else frames.creator(_getframe(1))
        if frame is None:
            return original(*args, **kwargs)
        return new_rlock(frames.variable(frame), *frames.where(frame))

    return RLock


def _allocate(original: Any) -> Any:
    def allocate_lock() -> Any:
        frame = frames.creator(_getframe(1))
        if frame is None:
            return original()
        lock = object.__new__(Lock)
        lock._lock = original()
        line, file = frames.where(frame)
        fields = ("Lock", frames.variable(frame))
        lock._number = resources.created(lock, constants.LOCK_CREATED, fields, 0, line, file)
        return lock

    return allocate_lock


def patch_thread() -> None:
    """Patch _thread."""
    allocate = disguise(_allocate(raw_lock), raw_lock)
    _thread.allocate_lock = allocate
    _thread.allocate = allocate  # type: ignore[attr-defined]
    _thread.LockType = Lock
    if version_info >= (3, 13):
        _thread.lock = Lock


def patch_threading(module: Any) -> None:
    """Patch threading."""
    module._allocate_lock = raw_lock
    module.Lock = Lock if version_info >= (3, 13) else _thread.allocate_lock
    module.RLock = disguise(_rlock_factory(module.RLock), module.RLock)
