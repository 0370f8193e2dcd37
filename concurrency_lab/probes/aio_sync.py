"""asyncio.Lock, Event, Condition, Semaphore, Barrier and Queue: who has them, and which item went where.

No coroutine of theirs is wrapped, so no frame of ours is in a task's stack: a lock is watched by the attribute
in which it keeps its state, and what waits is read from the waiting task (aio_waits.py).
"""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, resources, sink, values
from .patching import constructor, hide, quiet, replace
from .queues import Items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TAG = resources.TAG


def _tell(kind: int, thing: Any, arg: int = 0) -> None:
    tag = thing.__dict__.get(TAG)
    if tag is not None:
        sink.emit(kind, tag.id, arg, *frames.where(_getframe()))


def _name_lock(lock: Any, name: str, line: int, file: int) -> None:
    lock.__dict__[TAG] = resources.created(constants.LOCK_CREATED, ("asyncio.Lock", name), 0, line, file)


def _adopt_lock(lock: Any, frame: Any) -> None:
    _name_lock(lock, frames.variable(frame), *frames.where(frame))


def _adopt_event(event: Any, frame: Any) -> None:
    event.__dict__[TAG] = resources.created(constants.EVENT_CREATED, (frames.variable(frame),), 0, *frames.where(frame))


def _adopt_condition(condition: Any, frame: Any) -> None:
    name, where = frames.variable(frame), frames.where(frame)
    lock = condition._lock
    if TAG not in lock.__dict__:
        _name_lock(lock, f"{name}._lock" if name else "", *where)
    fields = (lock.__dict__[TAG], name)
    condition.__dict__[TAG] = resources.created(constants.CONDITION_CREATED, fields, 0, *where)


def _adopt_semaphore(semaphore: Any, frame: Any) -> None:
    kind = "asyncio.BoundedSemaphore" if hasattr(semaphore, "_bound_value") else "asyncio.Semaphore"
    permits = semaphore._value
    tag = resources.created(constants.SEMAPHORE_CREATED, (kind, frames.variable(frame)), permits, *frames.where(frame))
    semaphore.__dict__[TAG] = tag


def _adopt_barrier(barrier: Any, frame: Any) -> None:
    tag = resources.created(
        constants.BARRIER_CREATED, (frames.variable(frame),), barrier._parties, *frames.where(frame)
    )
    barrier.__dict__[TAG] = tag


class _Locked:
    """Lock._locked: its changes are the lock's acquires and releases."""

    def __get__(self, lock: Any, _: Any = None) -> Any:
        if lock is None:
            return self
        try:
            return lock.__dict__["_locked"]
        except KeyError:
            raise AttributeError("_locked") from None

    def __set__(self, lock: Any, value: Any) -> None:
        is_change = TAG in lock.__dict__ and value is not lock.__dict__.get("_locked")
        if is_change and not value:
            _tell(constants.LOCK_RELEASED, lock)
        lock.__dict__["_locked"] = value
        if is_change and value:
            _tell(constants.LOCK_ACQUIRED, lock, 1)


class _Permits:
    """Semaphore._value: one less is an acquire, unless release() hands the permit to one that waits."""

    def __get__(self, semaphore: Any, _: Any = None) -> Any:
        if semaphore is None:
            return self
        try:
            return semaphore.__dict__["_value"]
        except KeyError:
            raise AttributeError("_value") from None

    def __set__(self, semaphore: Any, value: Any) -> None:
        fields = semaphore.__dict__
        former = fields.get("_value")
        fields["_value"] = value
        is_taken = TAG in fields and former is not None and value < former
        # acquire() itself; in release() the waiting task has it once it runs.
        if is_taken and _getframe(1).f_code.co_name == "acquire":
            _tell(constants.SEMAPHORE_ACQUIRED, semaphore, value)


def _telling(kind: int, arg_of: Callable[[Any], int]) -> Any:
    """Return a maker of methods that are told as an event of this kind before they are done."""

    def make(original: Any) -> Any:
        def method(self: Any) -> Any:
            try:
                _tell(kind, self, arg_of(self))
                return original(self)
            except BaseException as error:
                hide(error)
                raise

        return method

    return make


def _make_notify(original: Any) -> Any:
    def notify(self: Any, n: Any = 1) -> None:
        try:
            tag = self.__dict__.get(TAG)
            if tag is not None and type(n) is int and self.locked():
                line, file = frames.where(_getframe())
                sink.emit_text(constants.CONDITION_NOTIFIED, tag.id, str(n), len(self._waiters), line, file)
            original(self, n)
        except BaseException as error:
            hide(error)
            raise

    return notify


def _make_release(original: Any) -> Any:
    def release(self: Any) -> None:
        try:
            bound = getattr(self, "_bound_value", None)
            if bound is None or self._value < bound:
                _tell(constants.SEMAPHORE_RELEASED, self, self._value + 1)
            original(self)
        except BaseException as error:
            hide(error)
            raise

    return release


def patch_locks(module: Any) -> None:
    """Patch asyncio.locks."""
    for kind, adopt in (
        (module.Lock, _adopt_lock),
        (module.Event, _adopt_event),
        (module.Condition, _adopt_condition),
        (module.Semaphore, _adopt_semaphore),
        (module.BoundedSemaphore, _adopt_semaphore),
        (module.Barrier, _adopt_barrier),
    ):
        replace(kind, "__init__", constructor(adopt))
    module.Lock._locked = _Locked()
    module.Semaphore._value = _Permits()
    replace(module.Semaphore, "release", _make_release)
    replace(module.Event, "set", _telling(constants.EVENT_SET, lambda event: len(event._waiters)))
    replace(module.Event, "clear", _telling(constants.EVENT_CLEARED, lambda _: 0))
    replace(module.Condition, "notify", _make_notify)


# -- queues --------------------------------------------------------------------------------------------


def _adopt_queue(queue: Any, frame: Any) -> None:
    size = queue._maxsize if type(queue._maxsize) is int else 0
    kind = next(kind.__name__ for kind in type(queue).__mro__ if kind.__module__ == "asyncio.queues")
    tag = resources.created(
        constants.QUEUE_CREATED, (f"asyncio.{kind}", frames.variable(frame)), max(size, 0), *frames.where(frame)
    )
    queue.__dict__[TAG] = tag
    queue.__dict__["_concurrency_lab_items"] = Items(kind == "LifoQueue")


@quiet
def _tell_item(kind: int, queue: Any, item: Any, depth: int) -> None:
    tag, items = queue.__dict__.get(TAG), queue.__dict__.get("_concurrency_lab_items")
    if tag is None or items is None:
        return
    name = items.put(item) if kind == constants.QUEUE_PUT else items.take(item)
    line, file = frames.where(_getframe())
    sink.emit_text(kind, tag.id, f"{name}\0{values.short(item)}", depth, line, file)


def patch_queues(module: Any) -> None:
    """Patch asyncio.queues."""

    def make_put(original: Any) -> Any:
        def put_nowait(self: Any, item: Any) -> None:
            try:
                # Told first: it readies the task that waits for it.
                if not self.full() and not getattr(self, "_is_shutdown", False):
                    _tell_item(constants.QUEUE_PUT, self, item, self.qsize() + 1)
                original(self, item)
            except BaseException as error:
                hide(error)
                raise

        return put_nowait

    def make_get(original: Any) -> Any:
        def get_nowait(self: Any) -> Any:
            try:
                item = original(self)
            except BaseException as error:
                hide(error)
                raise
            _tell_item(constants.QUEUE_GOT, self, item, self.qsize())
            return item

        return get_nowait

    replace(module.Queue, "__init__", constructor(_adopt_queue))
    replace(module.Queue, "put_nowait", make_put)
    replace(module.Queue, "get_nowait", make_get)
    unfinished = _telling(constants.QUEUE_TASK_DONE, lambda queue: max(queue._unfinished_tasks - 1, 0))
    replace(module.Queue, "task_done", unfinished)
