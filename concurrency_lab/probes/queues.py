"""queue.Queue, LifoQueue, PriorityQueue and SimpleQueue: which item went in by whom and came out to whom."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, resources, sink, values
from .conditions import told_as_wait, watch
from .locks import Impersonator
from .patching import constructor, disguise, hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local
_MARK = "_concurrency_lab_traced"


class Items:
    """Side table of a queue: the ids of what is in it, found by the items' identity."""

    __slots__ = ("_ids", "_last_first")

    def __init__(self, last_first: bool) -> None:
        self._ids: dict[int, list[str]] = {}
        # The same object may be in the queue twice.
        self._last_first = last_first

    def put(self, item: Any) -> str:
        """Return the id for an item that goes in."""
        name = resources.name_of(resources.new_id())
        self._ids.setdefault(id(item), []).append(name)
        return name

    def take(self, item: Any) -> str:
        """Return the id of an item that came out; "" if it is not known."""
        names = self._ids.get(id(item))
        if not names:
            return ""
        name = names.pop() if self._last_first else names.pop(0)
        if not names:
            del self._ids[id(item)]
        return name

    def forget(self, item: Any) -> None:
        """Take back what put() noted, because the item did not get in."""
        names = self._ids.get(id(item))
        if names:
            names.pop()
            if not names:
                del self._ids[id(item)]


@quiet
def _tell(kind: int, obj: int, depth: int, name: str, item: Any) -> None:
    line, file = frames.where(_getframe())
    sink.emit_text(kind, obj, f"{name}\0{values.short(item)}", depth, line, file)


@quiet
def _tell_put(queue: Any, item: Any) -> None:
    tag, items = queue.__dict__[TAG]
    _tell(constants.QUEUE_PUT, tag.id, queue._qsize(), items.put(item), item)


@quiet
def _tell_got(queue: Any, item: Any) -> None:
    tag, items = queue.__dict__[TAG]
    _tell(constants.QUEUE_GOT, tag.id, queue._qsize(), items.take(item), item)


def _make_put(original: Any) -> Any:
    def _put(self: Any, item: Any) -> Any:
        # A subclass's _put may call its base's: one item, one event.
        depth = local.depth
        local.depth = depth + 1
        try:
            result = original(self, item)
        except BaseException as error:
            hide(error)
            raise
        finally:
            local.depth = depth
        if not depth and TAG in self.__dict__:
            _tell_put(self, item)
        return result

    return _put


def _make_get(original: Any) -> Any:
    def _get(self: Any) -> Any:
        depth = local.depth
        local.depth = depth + 1
        try:
            item = original(self)
        except BaseException as error:
            hide(error)
            raise
        finally:
            local.depth = depth
        if not depth and TAG in self.__dict__:
            _tell_got(self, item)
        return item

    return _get


def _trace_class(kind: type) -> None:
    """Wrap `_put` and `_get`, which run under the queue's mutex; subclasses may bring their own."""
    for base in kind.__mro__:
        for name, make in (("_put", _make_put), ("_get", _make_get)):
            function = vars(base).get(name)
            if function is not None and not hasattr(function, _MARK):
                wrapper = disguise(make(function), function)
                setattr(wrapper, _MARK, True)
                setattr(base, name, wrapper)


def _patch_queue(module: Any) -> None:
    kinds = (module.LifoQueue, module.PriorityQueue, module.Queue)

    def adopt(queue: Any, frame: Any) -> None:
        _trace_class(type(queue))
        line, file = frames.where(frame)
        kind = next(kind for kind in kinds if isinstance(queue, kind))
        fields = (kind.__name__, frames.variable(frame))
        size = queue.maxsize if type(queue.maxsize) is int else 0
        tag = resources.created(constants.QUEUE_CREATED, fields, max(size, 0), line, file)
        queue.__dict__[TAG] = (tag, Items(isinstance(queue, module.LifoQueue)))
        watch(queue.not_empty, constants.REASON_QUEUE_GET, tag)
        watch(queue.not_full, constants.REASON_QUEUE_PUT, tag)
        watch(queue.all_tasks_done, constants.REASON_JOIN, tag)

    def make_task_done(original: Any) -> Any:
        def task_done(self: Any) -> None:
            traced = self.__dict__.get(TAG)
            left = self.unfinished_tasks - 1
            if traced is not None and left >= 0:
                sink.emit(constants.QUEUE_TASK_DONE, traced[0].id, left, *frames.where(_getframe()))
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise

        return task_done

    replace(module.Queue, "__init__", constructor(adopt))
    replace(module.Queue, "task_done", make_task_done)


def _make_simple_queue(base: Any, empty: Any) -> Any:
    class SimpleQueue(base, metaclass=Impersonator):  # type: ignore[misc]
        """queue.SimpleQueue, telling; a library's own is the original."""

        _original = base
        _tag: resources.Tag
        _items: Items

        def __new__(cls) -> Any:
            frame = frames.creator(_getframe().f_back)
            if frame is None and cls is SimpleQueue:
                return base()
            self = base.__new__(cls)
            line, file = frames.where(frame)
            fields = ("SimpleQueue", frames.variable(frame))
            self._tag = resources.created(constants.QUEUE_CREATED, fields, 0, line, file)
            self._items = Items(False)
            return self

        def put(self, item: Any, block: Any = True, timeout: Any = None) -> None:
            name = self._items.put(item)
            _tell(constants.QUEUE_PUT, self._tag.id, self.qsize() + 1, name, item)
            base.put(self, item)

        def get(self, block: Any = True, timeout: Any = None) -> Any:
            try:
                item = self._take(block, timeout)
            except BaseException as error:
                hide(error)
                raise
            _tell(constants.QUEUE_GOT, self._tag.id, self.qsize(), self._items.take(item), item)
            return item

        def _take(self, block: Any, timeout: Any) -> Any:
            is_plain = timeout is None or (type(timeout) in (int, float) and timeout >= 0)
            if not block or not is_plain:
                return base.get(self, block, timeout)
            try:
                return base.get(self, False)
            except empty:
                pass
            call = (self, True, timeout)
            return told_as_wait(base.get, call, constants.REASON_QUEUE_GET, self._tag.id, timeout)

        def put_nowait(self, item: Any) -> None:
            self.put(item)

        def get_nowait(self) -> Any:
            try:
                return self.get(False)
            except BaseException as error:
                hide(error)
                raise

    SimpleQueue.__module__ = base.__module__
    SimpleQueue.__qualname__ = base.__qualname__
    SimpleQueue.__doc__ = base.__doc__
    return SimpleQueue


def patch_queue(module: Any) -> None:
    """Patch queue."""
    _patch_queue(module)
    if module.SimpleQueue is not getattr(module, "_PySimpleQueue", None):
        module.SimpleQueue = _make_simple_queue(module.SimpleQueue, module.Empty)
