"""threading.RLock; with the number of holds. A lock that a library makes for itself stays a raw one."""

from __future__ import annotations

import _thread
from sys import _getframe

from ..trace import constants
from . import frames, resources, sink
from .accelerator import fast
from .locks import accelerated, is_plain, outermost, rename, wait_for
from .patching import disguise, hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

raw_rlock: Any = _thread.RLock


def _make_rlock() -> Any:
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
    base = raw_rlock
    raw_acquire = base.acquire
    raw_release = base.release
    mine = base._is_owned

    class RLock(base):  # type: ignore[misc, valid-type]
        """A reentrant lock that tells; a real one, so that its C methods work as they are."""

        __slots__ = ("_depth", "_tag")
        _tag: resources.Tag
        # Holds of the owner; only the owner reads or writes it.
        _depth: int

        def __new__(cls) -> Any:
            frame = frames.creator(get_frame().f_back)
            if frame is None:
                return base()
            return new_rlock(frames.variable(frame), *where(frame))

        def acquire(self, blocking: Any = True, timeout: Any = -1) -> Any:
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
                    got = raw_acquire(self, blocking, timeout)
                else:
                    got = raw_acquire(self, False)
                    if not got and blocking:
                        got = wait(raw_acquire.__get__(self), self._tag.id, timeout, line, file)
            except BaseException as error:
                conceal(error)
                raise
            if got:
                self._depth = depth = self._depth + 1
                try:
                    emit(acquired, self._tag.id, depth, line, file)
                except RecursionError:
                    state.dropped += 1
            else:
                try:
                    emit(try_failed, self._tag.id, 0, line, file)
                except RecursionError:
                    state.dropped += 1
            return got

        def __enter__(self) -> Any:
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
                got = raw_acquire(self, False) or wait(raw_acquire.__get__(self), self._tag.id, -1, line, file)
                self._depth = depth = self._depth + 1
                try:
                    emit(acquired, self._tag.id, depth, line, file)
                except RecursionError:
                    state.dropped += 1
            except BaseException as error:
                if got:
                    self._depth = max(self._depth - 1, 0)
                    raw_release(self)
                conceal(error)
                raise
            return True

        def release(self) -> None:
            if mine(self):
                try:
                    frame = get_frame(1)
                except ValueError:
                    frame = last_frame(get_frame())
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                self._depth = depth = self._depth - 1
                try:
                    emit(released, self._tag.id, depth, line, file)
                except RecursionError:
                    state.dropped += 1
            try:
                raw_release(self)
            except BaseException as error:
                conceal(error)
                raise

        def __exit__(self, kind: Any = None, error: Any = None, trace: Any = None) -> None:
            if mine(self):
                try:
                    frame = get_frame(1)
                except ValueError:
                    frame = last_frame(get_frame())
                file = files_get(frame.f_code.co_filename)
                if file:
                    line = frame.f_lineno
                else:
                    line, file = where(frame)
                self._depth = depth = self._depth - 1
                try:
                    emit(released, self._tag.id, depth, line, file)
                except RecursionError:
                    state.dropped += 1
                except BaseException as error:
                    # A signal handler raised: the block is left all the same.
                    raw_release(self)
                    conceal(error)
                    raise
            try:
                raw_release(self)
            except BaseException as error:
                conceal(error)
                raise

        def _release_save(self) -> Any:
            if mine(self):
                line, file = where(get_frame())
                self._depth = 0
                try:
                    emit(released, self._tag.id, 0, line, file)
                except RecursionError:
                    state.dropped += 1
            return base._release_save(self)

        def _acquire_restore(self, saved: Any) -> None:
            line, file = where(get_frame())
            retake(self, saved, line, file)

        def _at_fork_reinit(self) -> None:
            self._depth = 0
            base._at_fork_reinit(self)

        def __reduce_ex__(self, protocol: Any) -> Any:
            try:
                return base().__reduce_ex__(protocol)
            except BaseException as error:
                conceal(error)
                raise

        def __repr__(self) -> str:
            return str(base.__repr__(self)).replace("locked RLock object", "locked _thread.RLock object")

    def retake(self: Any, saved: Any, line: int, file: int) -> None:
        holds = saved[0]
        if raw_acquire(self, False):
            for _ in range(holds - 1):
                raw_acquire(self)
        else:
            sink.emit(constants.LANE_BLOCKED, self._tag.id, constants.REASON_LOCK, line, file)
            try:
                base._acquire_restore(self, saved)
            finally:
                sink.emit(constants.LANE_UNBLOCKED, self._tag.id, 1, line, file)
        self._depth = holds
        try:
            emit(acquired, self._tag.id, holds, line, file)
        except RecursionError:
            state.dropped += 1

    rename(RLock, "RLock", base)
    return RLock


RLock = _make_rlock()
if fast is not None:
    RLock = accelerated(RLock, fast.RLock, fast.connect_rlock)
resources.lock_types.append(RLock)


def new_rlock(name: str, line: int, file: int) -> Any:
    """Return a traced RLock."""
    lock = raw_rlock.__new__(RLock)
    lock._depth = 0
    lock._tag = resources.created(constants.LOCK_CREATED, ("RLock", name), 0, line, file)
    return lock


def given_back(lock: Any, line: int, file: int) -> None:
    """Tell that a condition gives its lock back altogether, which it does next."""
    if type(lock) is RLock:
        lock._depth = 0
    sink.emit(constants.LOCK_RELEASED, lock._tag.id, 0, line, file)


def _rlock_factory(original: Any) -> Any:
    def RLock(*args: Any, **kwargs: Any) -> Any:
        frame = None if args or kwargs else frames.creator(_getframe().f_back)
        if frame is None:
            return original(*args, **kwargs)
        return new_rlock(frames.variable(frame), *frames.where(frame))

    return RLock


def patch_threading(module: Any) -> None:
    """Patch threading."""
    module.RLock = disguise(_rlock_factory(module.RLock), module.RLock)
