"""multiprocessing's Queue, JoinableQueue and SimpleQueue.

Behind a queue between processes is a pipe: the n-th item that is sent is the n-th that is got. So a
put carries the item's id, and the moment of sending, which the pipe's lock orders, carries it again.
"""

from __future__ import annotations

from collections import deque
from sys import _getframe

from ..trace import constants
from . import frames, mp_shared, resources, sink, values
from .conditions import told_as_wait
from .mp_sync import guard
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local
_PASSING = ("/multiprocessing/context.py",)


def _new_name() -> str:
    return resources.name_of(resources.new_id())


class _Buffer(deque):  # type: ignore[type-arg]
    """Queue._buffer, between put() and the feeder thread; keeps the items' ids beside the items."""

    __slots__ = ("_names", "_sending", "obj", "semlock", "size")
    farewell: Any = None
    obj: int
    semlock: Any
    size: int
    _names: Any
    _sending: str

    def append(self, item: Any) -> None:
        """Put an item in; called under the buffer's own lock."""
        name = ""
        # The farewell of the queue to its feeder is none of the user's items.
        if item is not self.farewell:
            name = _new_name()
            line, file = frames.where(_getframe())
            depth = self.size - self.semlock._get_value()
            text = f"{name}\0{values.short(item)}"
            sink.emit_text(constants.QUEUE_PUT, self.obj, text, depth, line, file)
        self._names.append(name)
        deque.append(self, item)

    def popleft(self) -> Any:
        """Take an item out, in the feeder thread."""
        item = deque.popleft(self)
        self._sending = self._names.popleft() if self._names else ""
        return item

    def clear(self) -> None:
        """Forget all."""
        self._names.clear()
        deque.clear(self)

    def telling(self, send: Any) -> Any:
        """Return the feeder's send function; it is called under the pipe's lock."""

        def send_bytes(data: Any) -> Any:
            if self._sending:
                sink.emit_text(constants.QUEUE_SENT, self.obj, self._sending)
            return send(data)

        return send_bytes


@quiet
def _attach(queue: Any, obj: int) -> None:
    setattr(queue, TAG, obj)
    guard(queue._sem, constants.REASON_QUEUE_PUT, obj)
    buffer = _Buffer()
    buffer.obj, buffer.semlock, buffer.size = obj, queue._sem._semlock, queue._maxsize
    buffer._names, buffer._sending = deque(), ""
    queue._buffer = buffer


@quiet
def _adopt(queue: Any, maxsize: int, frame: Any) -> int:
    obj = resources.new_id()
    line, file = frames.where(frame)
    name = frames.variable(frame)
    text = f"multiprocessing.{type(queue).__name__}\0{name}"
    sink.emit_text(constants.QUEUE_CREATED, obj, text, maxsize, line, file)
    resources.note_name(name, obj)
    mp_shared.tell("queue", queue._rlock, obj)
    return obj


def _make_init(original: Any) -> Any:
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
            size = args[0] if args else kwargs.get("maxsize", 0)
            obj = _adopt(self, max(size, 0) if type(size) is int else 0, frame)
            if hasattr(self, "_buffer"):
                _attach(self, obj)
            else:
                setattr(self, TAG, obj)

    return __init__


@quiet
def _tell_got(queue: Any, obj: int, depth: int, item: Any) -> None:
    line, file = frames.where(_getframe())
    sink.emit_text(constants.QUEUE_GOT, obj, f"\0{values.short(item)}", depth, line, file)


def _patch_queue(module: Any) -> None:
    def make_reset(original: Any) -> Any:
        def _reset(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            obj = self.__dict__.get(TAG) or mp_shared.ask("queue", self._rlock)
            if obj:
                _attach(self, obj)

        return _reset

    def make_feed(original: Any) -> Any:
        def _feed(buffer: Any, notempty: Any, send_bytes: Any, *rest: Any) -> None:
            if type(buffer) is _Buffer:
                send_bytes = buffer.telling(send_bytes)
            original(buffer, notempty, send_bytes, *rest)

        return _feed

    def make_get(original: Any) -> Any:
        def get(self: Any, block: Any = True, timeout: Any = None) -> Any:
            obj = self.__dict__.get(TAG)
            try:
                if not obj or local.depth:
                    return original(self, block, timeout)
                if block and not self._closed and not self._poll():
                    call = (self, block, timeout)
                    item = told_as_wait(original, call, constants.REASON_QUEUE_GET, obj, timeout)
                else:
                    item = original(self, block, timeout)
            except BaseException as error:
                hide(error)
                raise
            _tell_got(self, obj, self._maxsize - self._sem._semlock._get_value(), item)
            return item

        return get

    replace(module.Queue, "__init__", _make_init)
    replace(module.Queue, "_reset", make_reset)
    replace(module.Queue, "_feed", make_feed)
    replace(module.Queue, "get", make_get)


def _patch_joinable(module: Any) -> None:
    def make_task_done(original: Any) -> Any:
        def task_done(self: Any) -> None:
            obj = self.__dict__.get(TAG)
            left = self._unfinished_tasks._semlock._get_value() - 1
            if obj and left >= 0:
                sink.emit(constants.QUEUE_TASK_DONE, obj, left, *frames.where(_getframe()))
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return task_done

    def make_join(original: Any) -> Any:
        def join(self: Any) -> None:
            obj = self.__dict__.get(TAG)
            try:
                if not obj or self._unfinished_tasks._semlock._is_zero():
                    original(self)
                else:
                    told_as_wait(original, (self,), constants.REASON_JOIN, obj)
            except BaseException as error:
                hide(error)
                raise

        return join

    replace(module.JoinableQueue, "__init__", _make_init)
    replace(module.JoinableQueue, "task_done", make_task_done)
    replace(module.JoinableQueue, "join", make_join)


def _patch_simple_queue(module: Any) -> None:
    def make_setstate(original: Any) -> Any:
        def __setstate__(self: Any, state: Any) -> None:
            original(self, state)
            obj = mp_shared.ask("queue", self._rlock)
            if obj:
                setattr(self, TAG, obj)

        return __setstate__

    def make_get(original: Any) -> Any:
        def get(self: Any) -> Any:
            obj = self.__dict__.get(TAG)
            try:
                if not obj or local.depth or self._poll():
                    item = original(self)
                else:
                    item = told_as_wait(original, (self,), constants.REASON_QUEUE_GET, obj)
            except BaseException as error:
                hide(error)
                raise
            if obj and not local.depth:
                _tell_got(self, obj, -1, item)
            return item

        return get

    def make_put(original: Any) -> Any:
        def put(self: Any, item: Any) -> None:
            obj = self.__dict__.get(TAG)
            try:
                if not obj or local.depth:
                    original(self, item)
                else:
                    send(self, obj, item)
            except BaseException as error:
                hide(error)
                raise

        return put

    def send(queue: Any, obj: int, item: Any) -> None:
        # What the original does, with a word said where the lock makes the order certain.
        data = module._ForkingPickler.dumps(item)
        name = _new_name()
        line, file = frames.where(_getframe())
        sink.emit_text(constants.QUEUE_PUT, obj, f"{name}\0{values.short(item)}", -1, line, file)
        # What the queue's pipe carries is told as the queue's.
        local.depth += 1
        try:
            with queue._wlock:
                sink.emit_text(constants.QUEUE_SENT, obj, name)
                queue._writer.send_bytes(data)
        finally:
            local.depth -= 1

    replace(module.SimpleQueue, "__init__", _make_init)
    replace(module.SimpleQueue, "__setstate__", make_setstate)
    replace(module.SimpleQueue, "get", make_get)
    replace(module.SimpleQueue, "put", make_put)


def patch_queues(module: Any) -> None:
    """Patch multiprocessing.queues."""
    _Buffer.farewell = module._sentinel
    _patch_queue(module)
    _patch_joinable(module)
    _patch_simple_queue(module)
