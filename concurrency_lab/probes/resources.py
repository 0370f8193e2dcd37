"""Ids of resources, and what each thread is in the middle of.

A lock of one process is copied by fork: parent and child then have two locks. So the id of such a
local resource changes in the child, which tells again of those that it inherits. What processes really
share keeps the id of its maker.
"""

from __future__ import annotations

import _thread
import _weakref
from itertools import count

from ..trace import constants
from . import naming, sink
from .accelerator import fast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The attribute that holds the tag (or the id, of what processes share) in objects of the standard library.
TAG = "_concurrency_lab"
_MOST_TOLD_AGAIN = 1000

_numbers = count(1)


# Has `id`, if C is to see it.
_Numbered: Any = fast.Numbered if fast is not None else object


class Tag(_Numbered):  # type: ignore[misc]
    """Hangs on a local resource: its id, and what was said when it was made."""

    __slots__ = ("__weakref__", "arg", "fields", "file", "kind", "line", *(() if fast is not None else ("id",)))
    id: int

    def __init__(self, kind: int, fields: tuple[str | Tag, ...], arg: int, line: int, file: int) -> None:
        self.kind = kind
        self.fields = fields
        self.arg = arg
        self.line = line
        self.file = file
        self.id = new_id()

    def tell(self) -> None:
        """Write the event that says it was made; a tag among its fields stands for another resource."""
        texts = [name_of(field.id) if type(field) is Tag else str(field) for field in self.fields]
        sink.emit_text(self.kind, self.id, "\0".join(texts), self.arg, self.line, self.file)


class Shared:
    """What `watch` takes in place of a tag for a thing that has no tag."""

    __slots__ = ("id",)

    def __init__(self, obj: int) -> None:
        self.id = obj


# Classes of which each object has its tag as `_tag`.
lock_types: list[Any] = []
# id(tag) -> weak reference
_living: dict[int, Any] = {}


class Local(_thread._local):
    """What a thread is in the middle of: `depth` > 0 = inside of a call that is told as one."""

    depth = 0
    # It is a thread that a library made for itself: where no line of the user's runs, it is silent.
    internal = False
    # (timeout argument, line, file) of the Condition.wait that is about to begin
    wait: Any = None
    # (id, method, line, file) of the call to a manager that is about to be sent
    call: Any = None
    # (function, iterable) of the pool's map that is about to be handed in; () once that is told
    task: Any = None


local = Local()


def is_silent(line: int) -> bool:
    """Return whether waits of this thread are not to be told; `line`: of the user's, 0 if there is none."""
    return local.depth > 0 or (local.internal and not line)


def new_id() -> int:
    """Return an id that is unique in the run."""
    return sink.state.base | next(_numbers)


def name_of(obj: int) -> str:
    """Return the id as text fields say it."""
    return f"{obj >> 32}.{obj & 0xFFFFFFFF}"


def created(kind: int, fields: tuple[str | Tag, ...], arg: int = 0, line: int = 0, file: int = 0) -> Tag:
    """Tell of a new local resource and return the tag to hang on it."""
    tag = Tag(kind, fields, arg, line, file)
    key = id(tag)

    def forget(_: Any, key: int = key, living: Any = _living) -> None:
        living.pop(key, None)

    _living[key] = _weakref.ref(tag, forget)
    tag.tell()
    note_name(fields[-1], tag.id, tag)
    return tag


def note_name(name: Any, obj: int, tag: Tag | None = None) -> None:
    """Tell the name later of what is an element of a list that is still being made."""
    if type(name) is naming.Unplaced:
        naming.note(name, obj, _weakref.ref(tag) if tag is not None else None)


def tell_names() -> None:
    """Tell the names that can be told now; called where something begins that will show them."""
    for obj, reference, name in naming.place(TAG):
        tag = reference() if reference is not None else None
        if tag is not None:
            tag.fields = (*tag.fields[:-1], name)
        sink.emit_text(constants.RESOURCE_NAMED, obj, name)


def tell_inherited() -> None:
    """In the child of a fork: give its copies ids of their own, and tell of them."""
    tags = [tag for tag in [reference() for reference in list(_living.values())] if tag is not None]
    for tag in tags:
        tag.id = sink.state.base | (tag.id & 0xFFFFFFFF)
    naming.forget()
    for tag in tags[-_MOST_TOLD_AGAIN:]:
        tag.tell()


def blocked_arg(reason: int, timeout_s: Any) -> int:
    """Return the `arg` of lane.blocked."""
    if type(timeout_s) in (int, float) and 0 <= timeout_s < 1e12:
        return reason | (int(timeout_s * 1e6) + 1) << 8
    return reason
