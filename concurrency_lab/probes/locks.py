"""Lock of threading and _thread. A lock that a library makes for itself stays a raw one."""

from __future__ import annotations

import _thread
from sys import _getframe, version_info

from ..trace import constants
from . import frames, resources, sink
from .accelerator import fast
from .patching import disguise, hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

raw_lock: Any = _thread.allocate_lock
LONGEST_S = _thread.TIMEOUT_MAX
_RAW_LOCK_TYPE = _thread.LockType


class Impersonator(type):
    """Metaclass of a stand-in: whatever is an instance of the original counts as one of the stand-in."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or isinstance(instance, vars(cls)["_original"])


def is_plain(blocking: Any, timeout: Any) -> bool:
    """Return whether these are arguments that the original takes without complaint."""
    if timeout == -1:
        # Before 3.12 not everything has a truth for it.
        return version_info >= (3, 12) or type(blocking) in (bool, int)
    return type(timeout) in (int, float) and bool(blocking) and 0 <= timeout <= LONGEST_S


def outermost(frame: Any) -> Any:
    """Return a frame that nothing called, such as an exit function's; else it was another error: raise it again."""
    if frame.f_back is not None:
        raise
    return frame


def wait_for(acquire: Any, obj: int, timeout: Any, line: int, file: int) -> Any:
    """Take a lock that another lane holds, and say that this lane waits for it."""
    timeout_s = None if timeout == -1 else timeout
    got = False
    arg = resources.blocked_arg(constants.REASON_LOCK, timeout_s)
    sink.emit(constants.LANE_BLOCKED, obj, arg, line, file)
    try:
        got = acquire(True, timeout)
    finally:
        sink.emit(constants.LANE_UNBLOCKED, obj, got, line, file)
    return got


def _make_lock() -> Any:
    # Names that every call needs are local to this function, which is faster and outlives the modules.
    emit = sink.emit
    get_frame = _getframe
    files_get = frames._files.get
    where = frames.where
    wait = wait_for
    acquired = constants.LOCK_ACQUIRED
    released = constants.LOCK_RELEASED
    try_failed = constants.LOCK_TRY_FAILED
    plain = is_plain
    conceal = hide
    state = sink.state
    last_frame = outermost

    class Lock(metaclass=Impersonator):
        """A lock that tells; `_lock` is the real one."""

        __slots__ = ("__weakref__", "_lock", "_tag")
        _original = _RAW_LOCK_TYPE
        _lock: Any
        _tag: resources.Tag

        def __new__(cls) -> Any:
            if version_info < (3, 13):
                try:
                    # Which the original's type refuses.
                    return _RAW_LOCK_TYPE()
                except TypeError as error:
                    conceal(error)
                    raise
            return new_lock(raw_lock, get_frame().f_back)

        def __init_subclass__(cls) -> None:
            raise TypeError("type '_thread.lock' is not an acceptable base type")

        def acquire(self, blocking: Any = True, timeout: Any = -1) -> Any:
            lock = self._lock
            try:
                frame = get_frame(1)
            except ValueError:
                frame = last_frame(get_frame())
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            try:
                if (timeout != -1 or blocking is not True) and not plain(blocking, timeout):
                    got = lock.acquire(blocking, timeout)
                else:
                    got = lock.acquire(False)
                    if not got and blocking:
                        got = wait(lock.acquire, self._tag.id, timeout, line, file)
            except BaseException as error:
                conceal(error)
                raise
            if got:
                try:
                    emit(acquired, self._tag.id, 1, line, file)
                except RecursionError:
                    state.dropped += 1
            else:
                try:
                    emit(try_failed, self._tag.id, 0, line, file)
                except RecursionError:
                    state.dropped += 1
            return got

        def __enter__(self) -> bool:
            lock = self._lock
            try:
                frame = get_frame(1)
            except ValueError:
                frame = last_frame(get_frame())
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            got = False
            try:
                got = lock.acquire(False) or wait(lock.acquire, self._tag.id, -1, line, file)
                try:
                    emit(acquired, self._tag.id, 1, line, file)
                except RecursionError:
                    state.dropped += 1
            except BaseException as error:
                # A signal handler raised: the with statement has not begun, so nobody would release it.
                if got:
                    lock.release()
                conceal(error)
                raise
            return True

        def release(self) -> None:
            lock = self._lock
            try:
                frame = get_frame(1)
            except ValueError:
                frame = last_frame(get_frame())
            if lock.locked():
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                try:
                    emit(released, self._tag.id, 0, line, file)
                except RecursionError:
                    state.dropped += 1
            try:
                lock.release()
            except BaseException as error:
                conceal(error)
                raise

        def __exit__(self, kind: Any = None, error: Any = None, trace: Any = None) -> None:
            try:
                frame = get_frame(1)
            except ValueError:
                frame = last_frame(get_frame())
            file = files_get(frame.f_code.co_filename)
            if file:
                line = frame.f_lineno
            else:
                line, file = where(frame)
            try:
                emit(released, self._tag.id, 0, line, file)
            except RecursionError:
                state.dropped += 1
            except BaseException as error:
                # A signal handler raised: the block is left all the same.
                self._lock.release()
                conceal(error)
                raise
            try:
                self._lock.release()
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
            try:
                return self._lock.__reduce_ex__(protocol)
            except BaseException as error:
                conceal(error)
                raise

        def __repr__(self) -> str:
            return f"<{'locked' if self._lock.locked() else 'unlocked'} _thread.lock object at {id(self):#x}>"

    rename(Lock, "lock", _RAW_LOCK_TYPE)
    return Lock


def rename(stand_in: Any, name: str, original: Any) -> None:
    stand_in.__module__ = "_thread"
    stand_in.__name__ = stand_in.__qualname__ = name
    stand_in.__doc__ = original.__doc__
    for method in vars(stand_in).values():
        if hasattr(method, "__qualname__") and hasattr(method, "__code__"):
            # As error messages about arguments say it.
            method.__qualname__ = method.__name__


# What the accelerator's classes have of their own.
_IN_C = ("_lock", "_tag", "_depth", "acquire", "release", "__enter__", "__exit__")
_ALIASES = {"acquire_lock": "acquire", "release_lock": "release"}


def accelerated(stand_in: Any, base: Any, connect: Any) -> Any:
    """Return the class on top of the accelerator's, whose methods call those given here in all but the plain case."""
    names = {name: value for name, value in vars(stand_in).items() if name not in _IN_C}
    names.pop("__weakref__", None)
    names["__slots__"] = () if base.__weakrefoffset__ else ("__weakref__",)
    made = type(stand_in)(stand_in.__name__, (base,), names)
    connect(made, stand_in.acquire, stand_in.__enter__, stand_in.release, stand_in.__exit__)
    for alias in names.keys() & _ALIASES.keys():
        setattr(made, alias, vars(made)[_ALIASES[alias]])
    return made


Lock = _make_lock()
if fast is not None:
    Lock = accelerated(Lock, fast.Lock, fast.connect_lock)
resources.lock_types.append(Lock)


def new_lock(make: Any, caller: Any) -> Any:
    """Return a lock that `make` makes; a traced one if the calling frame is of the user's code."""
    frame = frames.creator(caller)
    if frame is None:
        return make()
    lock = object.__new__(Lock)
    lock._lock = make()
    line, file = frames.where(frame)
    lock._tag = resources.created(constants.LOCK_CREATED, ("Lock", frames.variable(frame)), 0, line, file)
    return lock


def _allocate(original: Any) -> Any:
    def allocate_lock() -> Any:
        return new_lock(original, _getframe().f_back)

    return allocate_lock


def patch_thread() -> None:
    """Patch _thread."""
    thread: Any = _thread
    thread.allocate_lock = thread.allocate = disguise(_allocate(raw_lock), raw_lock)
    thread.LockType = Lock
    if version_info >= (3, 13):
        thread.lock = Lock


def patch_threading(module: Any) -> None:
    """Patch threading."""
    module._allocate_lock = raw_lock
    module.Lock = Lock if version_info >= (3, 13) else _thread.allocate_lock
