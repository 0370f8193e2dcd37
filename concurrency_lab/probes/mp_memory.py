"""Shared memory: Value and Array with their lock, SharedMemory and ShareableList.

Raw ctypes objects (RawValue, Array(lock=False), get_obj()) and memoryviews are read and written by machine code:
nothing can be seen of that.
"""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, mp_sync, shared_ids, sink, values
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ID = "_concurrency_lab_shared"


def _id_of(wrapper: Any) -> int:
    """Return the id of a Value or Array: where it lies in which block of shared memory."""
    found: int | None = wrapper.__dict__.get(_ID)
    if found is None:
        found = 0
        try:
            (arena, start, _), _ = wrapper._obj._wrapper._state
            found = shared_ids.of_words(*shared_ids.of_file(arena.fd), start)
        except (AttributeError, TypeError, ValueError, OSError):
            # Not of shared memory: somebody wrapped a ctypes object of their own.
            pass
        wrapper.__dict__[_ID] = found
    return found


@quiet
def _tell(kind: int, obj: int, value: Any, index: Any = None) -> None:
    if obj:
        item = f"[{index}]" if type(index) is int else ""
        sink.emit_text(kind, obj, f"{item}\0{values.short(value)}", 0, *frames.where(_getframe()))


@quiet
def _adopt(wrapper: Any, kind: str, own_lock: bool, frame: Any) -> None:
    name = frames.variable(frame)
    line, file = frames.where(frame)
    sink.emit_text(constants.SHARED_CREATED, _id_of(wrapper), f"multiprocessing.{kind}\0{name}", 0, line, file)
    lock = wrapper._lock
    if own_lock and hasattr(lock, "_semlock") and mp_sync.TAG not in lock.__dict__:
        mp_sync._adopt(lock, 1, f"{name}.get_lock()" if name else "", line, file)
        wrapper.acquire, wrapper.release = lock.acquire, lock.release


def _make_maker(kind: str) -> Any:
    def make(original: Any) -> Any:
        def maker(*args: Any, **kwargs: Any) -> Any:
            try:
                wrapper = original(*args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = frames.creator(_getframe().f_back, ("/multiprocessing/context.py",))
            if frame is not None and hasattr(wrapper, "_lock"):
                _adopt(wrapper, kind, kwargs.get("lock", True) in (True, None), frame)
            return wrapper

        return maker

    return make


def _telling_property(original: property) -> property:
    get, put = original.fget, original.fset
    assert get is not None
    assert put is not None

    def getvalue(self: Any) -> Any:
        try:
            value = get(self)
        except BaseException as error:
            hide(error)
            raise
        _tell(constants.SHARED_READ, _id_of(self), value)
        return value

    def setvalue(self: Any, value: Any) -> None:
        try:
            put(self, value)
        except BaseException as error:
            hide(error)
            raise
        _tell(constants.SHARED_WRITTEN, _id_of(self), value)

    return property(getvalue, setvalue, None, original.__doc__)


def _make_get(id_of: Any) -> Any:
    def make(original: Any) -> Any:
        def __getitem__(self: Any, index: Any) -> Any:
            try:
                value = original(self, index)
            except BaseException as error:
                hide(error)
                raise
            _tell(constants.SHARED_READ, id_of(self), value, index)
            return value

        return __getitem__

    return make


def _make_set(id_of: Any) -> Any:
    def make(original: Any) -> Any:
        def __setitem__(self: Any, index: Any, value: Any) -> None:
            try:
                original(self, index, value)
            except BaseException as error:
                hide(error)
                raise
            _tell(constants.SHARED_WRITTEN, id_of(self), value, index)

        return __setitem__

    return make


def patch_sharedctypes(module: Any) -> None:
    """Patch multiprocessing.sharedctypes."""
    made: dict[str, property] = {}

    def make_property(original: Any) -> Any:
        def telling(name: str) -> property:
            if name not in made:
                made[name] = _telling_property(original(name))
            return made[name]

        return telling

    for kind in ("Value", "Array"):
        replace(module, kind, _make_maker(kind))
    replace(module, "make_property", make_property)
    module.Synchronized.value = module.make_property("value")
    module.SynchronizedString.value = module.make_property("value")
    module.SynchronizedString.raw = module.make_property("raw")
    replace(module.SynchronizedArray, "__getitem__", _make_get(_id_of))
    replace(module.SynchronizedArray, "__setitem__", _make_set(_id_of))


# -- shared_memory -------------------------------------------------------------------------------------


def _id_of_memory(memory: Any) -> int:
    return shared_ids.of_words("shared_memory", memory._name)


@quiet
def _tell_memory(memory: Any, is_made: bool, frame: Any) -> None:
    kind = constants.SHARED_CREATED if is_made else constants.SHARED_ATTACHED
    text = f"SharedMemory\0{frames.variable(frame) or values.plain(memory.name)}"
    sink.emit_text(kind, _id_of_memory(memory), text, 0, *frames.where(frame))


def patch_shared_memory(module: Any) -> None:
    """Patch multiprocessing.shared_memory."""

    def make_init(original: Any) -> Any:
        def __init__(self: Any, name: Any = None, create: Any = False, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, name, create, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = frames.creator(_getframe().f_back, ("/multiprocessing/shared_memory.py",))
            if frame is not None:
                _tell_memory(self, bool(create), frame)

        return __init__

    def make_unlink(original: Any) -> Any:
        def unlink(self: Any) -> None:
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise
            sink.emit(constants.SHARED_UNLINKED, _id_of_memory(self), 0, *frames.where(_getframe()))

        return unlink

    def id_of_list(shared: Any) -> int:
        return _id_of_memory(shared.shm)

    replace(module.SharedMemory, "__init__", make_init)
    replace(module.SharedMemory, "unlink", make_unlink)
    replace(module.ShareableList, "__getitem__", _make_get(id_of_list))
    replace(module.ShareableList, "__setitem__", _make_set(id_of_list))
