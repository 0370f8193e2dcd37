"""Short texts for values. Never runs the user's code: only the exact built-in types are looked into."""

from __future__ import annotations

# Not collections, whose import takes a millisecond; the stubs do not know where it has them from.
from _collections import defaultdict, deque  # type: ignore[import-not-found]
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LONGEST = 80
MOST_ITEMS = 8
_DEEPEST = 3
_PLAIN = (bool, float, type(None), complex)
_BRACKETS: dict[Any, tuple[str, str]] = {
    list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}"), frozenset: ("{", "}"), deque: ("[", "]"),
}  # fmt: skip
_MAPS = (dict, defaultdict)
_SIZED = (set, frozenset, *_MAPS)
# A class may have a metaclass of the user's, which answers for `kind.__name__`; these do not ask it.
_name_of_type: Any = type.__dict__["__name__"].__get__
mro_of_type: Any = type.__dict__["__mro__"].__get__


def short(value: Any) -> str:
    """Return a repr of at most 80 characters; other types are named, not asked."""
    return _cut(_text(value, _DEEPEST, _by_type))


def shallow(value: Any, name: Callable[[Any], str]) -> str:
    """Return a shorter one, of two levels; `name` says what other types are called."""
    return _cut(_text(value, _DEEPEST - 1, name))


def _cut(text: str) -> str:
    text = text.replace("\0", "\\0")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def type_name(kind: Any) -> str:
    """Return a type's name."""
    return plain(_name_of_type(kind))


def _by_type(value: Any) -> str:
    return f"<{type_name(type(value))}>"


def _text(value: Any, depth: int, name: Callable[[Any], str]) -> str:
    kind: Any = type(value)
    if type(kind) is not type:
        # Its own `==` might answer what is asked below.
        return name(value)
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= 256 else "<int>"
    if kind in (str, bytes):
        return repr(value[:LONGEST])
    if kind in _BRACKETS or kind in _MAPS:
        return _container(value, kind, depth, name)
    return name(value)


def _container(value: Any, kind: Any, depth: int, name: Callable[[Any], str]) -> str:
    if kind in (set, frozenset) and not value:
        return f"{kind.__name__}()"
    if depth == 0:
        return "…"
    if kind in _SIZED and len(value) > MOST_ITEMS:
        return f"<{kind.__name__} of {len(value)}>"
    # A copy, made in one step: another thread may be changing it.
    items = list(dict.items(value) if kind in _MAPS else islice(value, MOST_ITEMS + 1))
    more = ["…"] if len(items) > MOST_ITEMS else []
    items = items[:MOST_ITEMS]
    if kind in _MAPS:
        pairs = [f"{_text(key, depth - 1, name)}: {_text(item, depth - 1, name)}" for key, item in items]
        return "{" + ", ".join(pairs + more) + "}"
    left, right = _BRACKETS[kind]
    texts = [_text(item, depth - 1, name) for item in items] + more
    comma = "," if kind is tuple and len(texts) == 1 else ""
    return left + ", ".join(texts) + comma + right


def error(value: BaseException) -> str:
    """Return `type: message`; the message only where it is text of the built-in kind."""
    name = plain(type(value).__name__)
    if type(value).__module__ != "builtins" or len(value.args) != 1:
        return name
    return f"{name}: {plain(value.args[0]) if type(value.args[0]) is str else short(value.args[0])}"


def plain(text: str) -> str:
    """Return the text as it may stand between the \\0 that part an event's fields."""
    return text.replace("\0", "␀")[:200]


def function_name(function: Any) -> str:
    """Return the name that the program gave a function; other callables are named by their type."""
    if type(function).__name__ == "partial" and type(function).__module__ == "functools":
        inner = function.func
        is_in_context = type(inner).__name__ == "builtin_function_or_method" and inner.__qualname__ == "Context.run"
        # The latter is asyncio.to_thread's way to take the caller's context along.
        function = function.args[0] if is_in_context and function.args else inner
    kind = type(function)
    # Functions, methods and classes: these answer without running any code of the user's.
    name: Any = function.__name__ if kind.__module__ == "builtins" and hasattr(function, "__name__") else None
    return plain(name) if type(name) is str else plain(kind.__name__)
