"""What is shown of the program's globals, how it is told from another value, and what is named only.

Nothing here runs the program's code: no `==`, no attribute that a class of the user's could answer for.
"""

from __future__ import annotations

import sys

# Not collections, whose import takes a millisecond; the stubs do not know where it has them from.
from _collections import defaultdict, deque  # type: ignore[import-not-found]
from itertools import islice
from types import BuiltinFunctionType, FunctionType, GenericAlias, GetSetDescriptorType, MethodType, ModuleType

from ..trace import constants
from . import resources, values
from .patching import StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_HIDDEN = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, GenericAlias, type, StandIn)
_HIDDEN_TYPES = frozenset({"_Feature", "_SpecialForm", "_lru_cache_wrapper", "TypeVar", "TypeAliasType"})
# What may be kept, as nobody notices when it goes: while it is, nothing else has its id.
_KEPT = {id(kind) for kind in (int, float, bool, type(None))}
_KEPT_IF_SHORT = {id(str), id(bytes)}
_values_of: Any = dict.values
# As many items as it takes to know that there are more.
_ENOUGH = values.MOST_ITEMS + 1
_dict_of_type: Any = type.__dict__["__dict__"].__get__


def may_keep(value: Any) -> bool:
    """Return whether the value itself may be kept, to be compared by identity."""
    kind = id(type(value))
    return kind in _KEPT or (kind in _KEPT_IF_SHORT and len(value) < values.LONGEST)


# Each in one step, as another thread may be changing it; as far as it is shown.
def _parts(items: Any) -> list[Any]:
    return [*islice(items, _ENOUGH)]


def _ids(items: Any) -> list[int]:
    return [id(type(items)), *map(id, islice(items, _ENOUGH))]


def _ids_of_set(items: Any) -> list[int]:
    return _ids(items) if len(items) <= values.MOST_ITEMS else [id(type(items)), len(items)]


def _ids_of_map(items: Any) -> list[int]:
    if len(items) > values.MOST_ITEMS:
        return [id(type(items)), len(items)]
    return [id(type(items)), *map(id, items), *map(id, _values_of(items))]


# id of a built-in container's type -> its own and those of what it holds
IDS_OF: dict[int, Callable[[Any], list[int]]] = {
    **dict.fromkeys(map(id, (list, tuple, deque)), _ids),
    **dict.fromkeys(map(id, (set, frozenset)), _ids_of_set),
    **dict.fromkeys(map(id, (dict, defaultdict)), _ids_of_map),
}


def fingerprint(value: Any) -> tuple[int | list[int] | None, list[Any]]:
    """Return what tells a value that may not be kept from another: its id, or the ids of all that it holds.

    None: only its text does. And what is to be kept so that its id is not another's; a thread's or a lock's may
    become another's, so now and then all is to be written anew.
    """
    ids_of = IDS_OF.get(id(type(value)))
    if ids_of is None:
        return (None if id(type(value)) in _KEPT_IF_SHORT else id(value)), []
    parts = _parts(value)
    if ids_of is _ids_of_map:
        parts += islice(dict.values(value), _ENOUGH)
    if any(id(type(part)) in IDS_OF for part in parts):
        # What is within may change while this holds the same.
        return None, []
    return ids_of(value), [part for part in parts if may_keep(part)]


def is_shown(value: Any) -> bool:
    """Return whether it is data: not a function, class or module."""
    kind = type(value)
    return (
        not any(part is hidden for part in values.mro_of_type(kind) for hidden in _HIDDEN)
        and values.type_name(kind) not in _HIDDEN_TYPES
    )


# -- names for what is not looked into -----------------------------------------------------------------


def name_for(variable: str) -> Callable[[Any], str]:
    """Return what names threads, locks, ... as the lab does, all else by its type; `variable`: whose value it is."""

    def name(value: Any) -> str:
        kind = type(value)
        type_name = values.type_name(kind)
        if _is_one_of(kind, "threading", "Thread") or _is_one_of(kind, "multiprocessing.process", "BaseProcess"):
            given = _dict_of(value).get("_name")
            return f"<{values.plain(given)}>" if type(given) is str else f"<{type_name}>"
        is_lock = any(kind is lock for lock in resources.lock_types)
        tag = value._tag if is_lock else _dict_of(value).get(resources.TAG)
        if type(tag) is tuple and tag:
            # A queue's, with its items.
            tag = tag[0]
        if type(tag) is not resources.Tag:
            return f"<{type_name}>"
        if tag.kind == constants.LOCK_CREATED:
            type_name = str(tag.fields[0])
        given = tag.fields[-1]
        is_new = type(given) is str and given not in ("", variable)
        return f"<{type_name} {values.plain(given)}>" if is_new else f"<{type_name}>"

    return name


def _is_one_of(kind: Any, module: str, name: str) -> bool:
    loaded = sys.modules.get(module)
    base = loaded.__dict__.get(name) if type(loaded) is ModuleType else None
    return base is not None and any(part is base for part in values.mro_of_type(kind))


def _dict_of(value: Any) -> dict[str, Any]:
    """Return an object's attributes; none where a class of the user's would answer instead."""
    for part in values.mro_of_type(type(value)):
        found: Any = _dict_of_type(part).get("__dict__")
        if found is not None:
            return found.__get__(value) if type(found) is GetSetDescriptorType else {}
    return {}
