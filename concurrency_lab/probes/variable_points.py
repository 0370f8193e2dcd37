"""Which instructions of a piece of code use a variable, and which variable that is when they run."""

from __future__ import annotations

import _io
from sys import version_info

from . import naming, variables
from .variable_source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

_OPTIMIZED = 1
_NAMES = {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "STORE_NAME", "DELETE_GLOBAL", "DELETE_NAME"}
_ATTRIBUTES = {"LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR"}
_ITEMS = {"BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR"}
_READS = {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "BINARY_SUBSCR"}
# Code that Python runs at a time of its own choosing, when nobody else has the object any more.
_LAST_WORDS = "__del__"


class Point:
    """One instruction that uses a variable; the base is one that uses a global."""

    __slots__ = ("_found", "_names", "is_write", "line", "name")

    def __init__(self, name: str, is_write: bool, line: int) -> None:
        self.name = name
        self.is_write = is_write
        self.line = line
        self._names = 0
        self._found: variables.Variable | None = None

    def variable(self, frame: FrameType) -> variables.Variable | None:
        """Return the variable; None if it is not to be known."""
        names = frame.f_globals
        if self._names != id(names):
            self._found = variables.of_name(names, self.name)
            self._names = id(names)
        return self._found

    def forget(self) -> None:
        """Find it anew."""
        self._names = 0


class AttributePoint(Point):
    """Uses an attribute of what `holder` names."""

    __slots__ = ("holder",)

    def __init__(self, name: str, is_write: bool, line: int, holder: Path) -> None:
        super().__init__(name, is_write, line)
        self.holder = holder

    def variable(self, frame: FrameType) -> variables.Variable | None:
        """Return the attribute of the object that is there now."""
        holder = self.holder.value(frame)
        return None if holder is None else variables.of_attribute(holder, self.name, self.is_write)


class ItemPoint(Point):
    """Uses an item of what `holder` names: a global, or an attribute."""

    __slots__ = ("holder", "key")

    def __init__(self, is_write: bool, line: int, holder: Path, key: Any) -> None:
        super().__init__("", is_write, line)
        self.holder = holder
        self.key = key

    def variable(self, frame: FrameType) -> variables.Variable | None:
        """Return the item of the container that is there now."""
        holder = self.holder.variable(frame)
        if holder is None:
            return None
        key = self.key.value(frame) if type(self.key) is Path else self.key
        return variables.of_item(holder, self.holder.value(frame), key)


class Path:
    """A name, or an attribute of a path: what can be looked up without running the program's code."""

    __slots__ = ("base", "is_local", "name")

    def __init__(self, name: str, base: Path | None, is_local: bool) -> None:
        self.name = name
        self.base = base
        self.is_local = is_local

    def value(self, frame: FrameType) -> Any:
        """Return what it leads to now; None if nothing."""
        if self.base is not None:
            holder = self.base.value(frame)
            return None if holder is None else variables.value_of(holder, self.name)
        return local_value(frame, self.name) if self.is_local else frame.f_globals.get(self.name)

    def variable(self, frame: FrameType) -> variables.Variable | None:
        """Return the variable that it names; a local one is none."""
        if self.base is None:
            return None if self.is_local else variables.of_name(frame.f_globals, self.name)
        holder = self.base.value(frame)
        return None if holder is None else variables.of_attribute(holder, self.name, False)


def _from_snapshot(frame: FrameType, name: str) -> Any:
    return frame.f_locals.get(name)


def _make_getter() -> Callable[[FrameType, str], Any]:
    """Return what reads a local variable of a frame.

    On 3.12, `f_locals` leaves behind a copy that keeps all objects alive until the function ends. On 3.11
    whatever is traced has that copy anyway, and on 3.13 there is none.
    """
    if (3, 12) <= version_info < (3, 13):
        try:
            from ctypes import py_object, pythonapi

            get = pythonapi.PyFrame_GetVar
        except (ImportError, AttributeError):
            return _from_snapshot
        get.restype = py_object
        get.argtypes = (py_object, py_object)

        def from_frame(frame: FrameType, name: str) -> Any:
            try:
                return get(frame, name)
            except NameError:
                return None

        return from_frame
    return _from_snapshot


local_value = _make_getter()


class Sources:
    """The source files met so far, and the attributes that any of them sets."""

    def __init__(self) -> None:
        self._known: dict[str, Source | None] = {}
        self.attributes: set[str] = set()

    def get(self, filename: str) -> Source | None:
        """Return what a file says; None if it cannot be read."""
        if filename not in self._known:
            self._known[filename] = source = _read(filename)
            if source is not None:
                self.attributes |= source.attributes
        return self._known[filename]


def _read(filename: str) -> Source | None:
    try:
        with _io.FileIO(filename) as file:
            return Source(file.read(), filename)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def points_of(code: CodeType, names: dict[str, Any], sources: Sources) -> dict[int, Point]:
    """Return the points of a piece of code by the offset of their instruction; `names`: its globals."""
    source = sources.get(code.co_filename)
    if source is None or code.co_name == _LAST_WORDS:
        return {}
    is_module = code.co_name == "<module>"
    if is_module and names.get("__name__") != "__main__":
        # What a module does when it is imported comes before what its importers do: the import has a lock.
        return {}
    maker = _Maker(code, source, sources.attributes)
    found: dict[int, Point] = {}
    words = code.co_code
    ops = naming.ops()
    high = 0
    prefix = 0
    for offset, place in zip(range(0, len(words), 2), code.co_positions(), strict=False):
        op = ops.get(words[offset], "")
        arg = words[offset + 1] | high
        if op == "EXTENDED_ARG":
            prefix = prefix if high else offset
            high = arg << 8
            continue
        point = maker.point(op, arg, place, is_module)
        if point is not None:
            found[offset] = point
            if high:
                # Which of the two is reported differs between versions.
                found[prefix] = point
        high = 0
    return found


class _Maker:
    """Makes the points of one piece of code."""

    def __init__(self, code: CodeType, source: Source, attributes: set[str]) -> None:
        self._code = code
        self._source = source
        self._attributes = attributes
        is_function = code.co_flags & _OPTIMIZED
        own = (code.co_varnames, code.co_cellvars, code.co_freevars) if is_function else ()
        self._locals = {name for names in own for name in names}
        is_class_body = not is_function and code.co_name != "<module>"
        self._is_known = not is_class_body
        owner = code.co_qualname.rpartition(".")[0].rpartition(".")[2].lstrip("_")
        self._owner = owner if owner != "<locals>" else ""

    def point(self, op: str, arg: int, at: Any, is_module: bool) -> Point | None:
        line, last_line, column, end = at
        if line is None:
            return None
        place = (line, column, last_line, end)
        is_write = op not in _READS
        if not is_write and place in self._source.first_looks:
            return None
        if op in _NAMES:
            return self._global(op, arg, line, is_write, is_module)
        if not self._is_known or (op not in _ATTRIBUTES and op not in _ITEMS):
            return None
        node = self._source.nodes.get(place)
        if node is None:
            return None
        holder = self._path(node.value)
        if holder is None:
            return None
        if op in _ITEMS:
            return self._item(node, line, is_write, holder)
        if op == "LOAD_ATTR" and version_info >= (3, 12):
            if arg & 1:
                # A method that is called next.
                return None
            arg >>= 1
        if getattr(node, "attr", None) not in self._attributes:
            return None
        return AttributePoint(self._code.co_names[arg], is_write, line, holder)

    def _global(self, op: str, arg: int, line: int, is_write: bool, is_module: bool) -> Point | None:
        if op.endswith("_NAME") and not is_module:
            return None
        name = self._code.co_names[arg >> 1 if op == "LOAD_GLOBAL" else arg]
        return Point(name, is_write, line) if name in self._source.names else None

    def _item(self, node: Any, line: int, is_write: bool, holder: Path) -> Point | None:
        if not self._source.has_items or type(node).__name__ != "Subscript":
            return None
        if type(node.slice).__name__ == "Constant":
            return ItemPoint(is_write, line, holder, node.slice.value)
        key = self._path(node.slice)
        return None if key is None else ItemPoint(is_write, line, holder, key)

    def _path(self, node: Any) -> Path | None:
        kind = type(node).__name__
        if kind == "Name":
            return Path(node.id, None, node.id in self._locals)
        if kind != "Attribute":
            return None
        base = self._path(node.value)
        name = node.attr
        if name.startswith("__") and not name.endswith("__") and self._owner:
            name = f"_{self._owner}{name}"
        return None if base is None else Path(name, base, False)


def note(point: Point, frame: FrameType, file: int) -> None:
    """Note that this thread runs this instruction now."""
    variable = point.variable(frame)
    if variable is not None:
        variables.use(variable, point.is_write, point.line, file)
