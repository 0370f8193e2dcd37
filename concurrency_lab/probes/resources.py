"""Ids of resources, and what each thread is in the middle of.

A lock of one process is copied by fork: parent and child then have two locks. So a local resource is
known by its number alone, the process is added when an event is written, and the child tells again
of those that it inherits. What processes really share keeps the id of its maker.
"""

from __future__ import annotations

import _thread
import _weakref
from itertools import count

from . import sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The attribute that holds a resource's number (or id) in objects of the standard library.
ID = "_concurrency_lab_id"
_MOST_TOLD_AGAIN = 1000

_numbers = count(1)
# number -> (weak reference, kind, arg, text fields or numbers of other resources, line, file)
_living: dict[int, tuple[Any, int, int, tuple[str | int, ...], int, int]] = {}


class Local(_thread._local):
    """What a thread is in the middle of: `depth` > 0 = inside of a call that is told as one."""

    depth = 0
    # (timeout argument, line, file) of the Condition.wait that is about to begin
    wait: Any = None


local = Local()


def new_number() -> int:
    """Return a number no other resource of this process has."""
    return next(_numbers)


def new_id() -> int:
    """Return an id that is unique in the run."""
    return sink.state.base | next(_numbers)


def name_of(obj: int) -> str:
    """Return the id as text fields say it."""
    return f"{obj >> 32}.{obj & 0xFFFFFFFF}"


def created(
    thing: Any, kind: int, fields: tuple[str | int, ...], arg: int = 0, line: int = 0, file: int = 0
) -> int:
    """Tell of a new local resource and return its number. Numbers among `fields` stand for other resources."""
    number = next(_numbers)

    def forget(_: Any, number: int = number, living: Any = _living) -> None:
        living.pop(number, None)

    _living[number] = (_weakref.ref(thing, forget), kind, arg, fields, line, file)
    _tell(number, kind, arg, fields, line, file)
    return number


def _tell(number: int, kind: int, arg: int, fields: tuple[str | int, ...], line: int, file: int) -> None:
    base = sink.state.base
    texts = [name_of(base | field) if isinstance(field, int) else field for field in fields]
    sink.emit_text(kind, base | number, "\0".join(texts), arg, line, file)


def tell_inherited() -> None:
    """In the child of a fork: tell of the resources that are now its own copies."""
    for number, (_, kind, arg, fields, line, file) in list(_living.items())[-_MOST_TOLD_AGAIN:]:
        _tell(number, kind, arg, fields, line, file)


def blocked_arg(reason: int, timeout_s: Any) -> int:
    """Return the `arg` of lane.blocked."""
    if type(timeout_s) in (int, float) and 0 <= timeout_s < 1e12:
        return reason | (int(timeout_s * 1e6) + 1) << 8
    return reason
