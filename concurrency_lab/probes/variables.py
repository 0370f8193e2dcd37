"""Which thread used which variable last. Tells when another thread comes to it, and does not ask in what order.

Of each variable it is enough to remember the last write, and each thread's last read since: whatever came
before is in order with these, or was told when they came (the idea of the FastTrack detector).
"""

from __future__ import annotations

import _thread
import _weakref
from time import monotonic_ns
from types import MemberDescriptorType, ModuleType

from ..trace import constants
from . import frames, resources, sink, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# More than this are not remembered: a program with a big table must not be kept in memory twice.
_MOST = 100_000
_MISSING = object()
_GET: Any = object.__getattribute__
_SET: Any = object.__setattr__
_KEYS = (int, str, bool)
_MAPS = ("defaultdict", "Counter", "OrderedDict")


class _Thread(_thread._local):
    # The native id, which is not given to the next thread at once, as the ident is.
    number = 0


class Variable:
    """One global, attribute or item; `readers`: thread -> when and where, since the last write."""

    __slots__ = ("file", "id", "items", "line", "name", "readers", "told", "ts_ns", "writer")

    def __init__(self, name: str) -> None:
        self.id = resources.new_id()
        self.name = name
        self.writer = self.ts_ns = self.line = self.file = 0
        self.readers: dict[int, tuple[int, int, int]] = {}
        # To whom the last write was told: the thread, negative when it was a writer.
        self.told: set[int] = set()
        # What it holds, by the identity of the holder and the key.
        self.items: dict[tuple[int, Any], Variable] | None = None


class _Table:
    """All variables of this process."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything: in a new process all memory is its own."""
        self.lock = _thread.RLock()
        self.count = 0
        self.thread = _Thread()
        # id of a module's dictionary, name
        self.names: dict[tuple[int, str], Variable] = {}
        # id of an object -> the object, and its variables by attribute
        self.objects: dict[int, tuple[Any, dict[str, Variable]]] = {}

    def add(self, name: str) -> Variable | None:
        """Return a new variable; None if there are too many."""
        self.count += 1
        return Variable(name) if self.count <= _MOST else None


table = _Table()


def use(variable: Variable, is_write: bool, line: int, file: int) -> None:
    """Note an access by this thread, and tell of those by others that it follows."""
    me = table.thread.number or _begin_thread()
    with table.lock:
        ts_ns = monotonic_ns()
        writer = variable.writer
        mark = -me if is_write else me
        if writer and writer != me and mark not in variable.told:
            variable.told.add(mark)
            _tell(variable, is_write, line, file, (variable.ts_ns, variable.line, variable.file), writer, "1")
        if is_write:
            for reader, when in list(variable.readers.items()):
                if reader != me:
                    _tell(variable, True, line, file, when, reader, "0")
            variable.writer, variable.ts_ns, variable.line, variable.file = me, ts_ns, line, file
            variable.readers.clear()
            variable.told.clear()
            # Another object may be bound to the name now.
            variable.items = None
        else:
            variable.readers[me] = (ts_ns, line, file)


def _begin_thread() -> int:
    table.thread.number = _thread.get_native_id()
    return table.thread.number


def _tell(
    variable: Variable, is_write: bool, line: int, file: int, when: tuple[int, int, int], other: int, wrote: str
) -> None:
    kind = constants.VARIABLE_WRITTEN if is_write else constants.VARIABLE_READ
    ts_ns, other_line, other_file = when
    where = "" if other_file == file else frames.name_of(other_file)
    text = f"{variable.name}\0{other}\0{wrote}\0{other_line}\0{where}"
    sink.emit_text(kind, variable.id, text, ts_ns, line, file)


# -- finding the variable that a piece of code means; never runs the program's code ---------------------


def of_name(names: dict[str, Any], name: str) -> Variable | None:
    """Return a global variable."""
    key = (id(names), name)
    found = table.names.get(key)
    if found is None:
        found = table.add(name)
        if found is not None:
            found = table.names.setdefault(key, found)
    return found


def of_attribute(holder: Any, name: str, is_write: bool) -> Variable | None:
    """Return an attribute's variable; None where it is computed, or cannot be told apart from a later object's."""
    kind = type(holder)
    if kind is ModuleType:
        file = holder.__dict__.get("__file__")
        return of_name(holder.__dict__, name) if type(file) is str and frames.index_of(file) else None
    if type in kind.__mro__:
        owner = holder if is_write else _class_with(holder, name)
        return None if owner is None or _is_computed(vars(owner).get(name)) else _of_object(owner, owner.__name__, name)
    if not _is_plain(kind) or kind.__setattr__ is not _SET:
        return None
    owner = _class_with(kind, name)
    found = _MISSING if owner is None else vars(owner)[name]
    is_slot = type(found) is MemberDescriptorType
    if not is_slot:
        if _class_with(type(found), "__set__") is not None:
            return None
        if not is_write and name not in getattr(holder, "__dict__", ()):
            return None if owner is None or _is_computed(found) else _of_object(owner, owner.__name__, name)
    return _of_object(holder, kind.__name__, name)


def of_item(holder: Variable, container: Any, key: Any) -> Variable | None:
    """Return the variable of a list's or dictionary's item, which the variable `holder` holds."""
    kind = type(container)
    if type(key) not in _KEYS or (kind is list and key < 0):
        return None
    is_map = kind is dict or (kind.__module__ == "collections" and kind.__name__ in _MAPS)
    if kind is not list and not is_map:
        return None
    items = holder.items
    if items is None:
        items = holder.items = {}
    found = items.get((id(container), key))
    if found is None:
        found = table.add(f"{holder.name}[{values.short(key)}]")
        if found is not None:
            found = items.setdefault((id(container), key), found)
    return found


def value_of(holder: Any, name: str) -> Any:
    """Return what an attribute holds; None where code would have to run to know."""
    if type(holder) is not ModuleType and not _is_plain(type(holder)):
        return None
    found = getattr(holder, "__dict__", {}).get(name, _MISSING)
    if found is _MISSING:
        owner = _class_with(type(holder), name)
        slot = None if owner is None else vars(owner)[name]
        if type(slot) is not MemberDescriptorType:
            return None
        try:
            found = slot.__get__(holder)
        except AttributeError:
            return None
    return found


def _is_plain(kind: Any) -> bool:
    return kind.__getattribute__ is _GET


def _class_with(kind: Any, name: str) -> Any:
    return next((base for base in kind.__mro__ if name in vars(base)), None)


def _is_computed(value: Any) -> bool:
    # Not hasattr: a class's class may answer with code.
    return _class_with(type(value), "__get__") is not None


def _of_object(holder: Any, title: str, name: str) -> Variable | None:
    key = id(holder)
    entry = table.objects.get(key)
    if entry is None or entry[0]() is not holder:
        objects = table.objects

        def forget(reference: Any) -> None:
            if objects.get(key, (None,))[0] is reference:
                del objects[key]

        try:
            entry = (_weakref.ref(holder, forget), {})
        except TypeError:
            # It says nothing when it goes, and the next object at its place would be taken for it.
            return None
        table.objects[key] = entry
    found = entry[1].get(name)
    if found is None:
        found = table.add(f"{title}.{name}")
        if found is not None:
            found = entry[1].setdefault(name, found)
    return found
