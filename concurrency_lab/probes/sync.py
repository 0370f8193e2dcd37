"""threading.Event, Semaphore, BoundedSemaphore and Barrier of the user's own making."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, resources, sink
from .conditions import watch
from .patching import constructor, hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG


def _tell(kind: int, tag: Any, arg: int) -> None:
    sink.emit(kind, tag.id, arg, *frames.where(_getframe()))


def _adopt_event(event: Any, frame: Any) -> None:
    tag = resources.created(constants.EVENT_CREATED, (frames.variable(frame),), 0, *frames.where(frame))
    setattr(event, TAG, tag)
    watch(event._cond, constants.REASON_EVENT, tag)


def _patch_event(module: Any) -> None:
    def make_set(original: Any) -> Any:
        def set(self: Any) -> None:
            tag = self.__dict__.get(TAG)
            if tag is not None:
                _tell(constants.EVENT_SET, tag, len(self._cond._waiters))
            original(self)

        return set

    def make_clear(original: Any) -> Any:
        def clear(self: Any) -> None:
            tag = self.__dict__.get(TAG)
            if tag is not None:
                _tell(constants.EVENT_CLEARED, tag, 0)
            original(self)

        return clear

    replace(module.Event, "__init__", constructor(_adopt_event))
    replace(module.Event, "set", make_set)
    replace(module.Event, "clear", make_clear)


def _adopt_semaphore(semaphore: Any, frame: Any) -> None:
    kind = next(base.__name__ for base in type(semaphore).__mro__ if base.__module__ == "threading")
    fields = (kind, frames.variable(frame))
    tag = resources.created(constants.SEMAPHORE_CREATED, fields, semaphore._value, *frames.where(frame))
    setattr(semaphore, TAG, tag)
    watch(semaphore._cond, constants.REASON_SEMAPHORE, tag)


def _patch_semaphores(module: Any) -> None:
    def make_acquire(original: Any) -> Any:
        def acquire(self: Any, blocking: Any = True, timeout: Any = None) -> Any:
            try:
                got = original(self, blocking, timeout)
            except BaseException as error:
                hide(error)
                raise
            tag = self.__dict__.get(TAG)
            if got and tag is not None:
                _tell(constants.SEMAPHORE_ACQUIRED, tag, self._value)
            return got

        return acquire

    def make_release(original: Any) -> Any:
        def release(self: Any, n: Any = 1) -> None:
            tag = self.__dict__.get(TAG)
            if tag is not None and type(n) is int and n >= 1:
                free = self._value + n
                if free <= getattr(self, "_initial_value", free):
                    _tell(constants.SEMAPHORE_RELEASED, tag, free)
            try:
                original(self, n)
            except BaseException as error:
                hide(error)
                raise

        return release

    replace(module.Semaphore, "__init__", constructor(_adopt_semaphore))
    replace(module.BoundedSemaphore, "__init__", constructor(_adopt_semaphore))
    replace(module.Semaphore, "acquire", make_acquire)
    module.Semaphore.__enter__ = module.Semaphore.acquire
    replace(module.Semaphore, "release", make_release)
    replace(module.BoundedSemaphore, "release", make_release)


def _adopt_barrier(barrier: Any, frame: Any) -> None:
    tag = resources.created(
        constants.BARRIER_CREATED, (frames.variable(frame),), barrier._parties, *frames.where(frame)
    )
    setattr(barrier, TAG, tag)
    watch(barrier._cond, constants.REASON_BARRIER, tag)


def _patch_barrier(module: Any) -> None:
    def make_wait(original: Any) -> Any:
        def wait(self: Any, timeout: Any = None) -> Any:
            try:
                index = original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
            tag = self.__dict__.get(TAG)
            if tag is not None:
                _tell(constants.BARRIER_PASSED, tag, index)
            return index

        return wait

    def make_break(original: Any) -> Any:
        def _break(self: Any) -> None:
            tag = self.__dict__.get(TAG)
            if tag is not None:
                _tell(constants.BARRIER_BROKEN, tag, 0)
            original(self)

        return _break

    replace(module.Barrier, "__init__", constructor(_adopt_barrier))
    replace(module.Barrier, "wait", make_wait)
    replace(module.Barrier, "_break", make_break)


def patch_threading(module: Any) -> None:
    """Patch threading."""
    _patch_event(module)
    _patch_semaphores(module)
    _patch_barrier(module)
