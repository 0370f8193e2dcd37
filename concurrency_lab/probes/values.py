"""Short texts for values. Never runs the user's code: only the exact built-in types are looked into."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST = 80
_MOST_ITEMS = 8
_DEEPEST = 3
_PLAIN = (bool, float, type(None), complex)
_BRACKETS = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def short(value: Any) -> str:
    """Return a repr of at most 80 characters; other types are named, not asked."""
    text = _text(value, _DEEPEST).replace("\0", "\\0")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _text(value: Any, depth: int) -> str:
    kind: Any = type(value)
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= 256 else "<int>"
    if kind in (str, bytes):
        return repr(value[:LONGEST])
    if kind in (set, frozenset) and not value:
        return f"{kind.__name__}()"
    brackets = _BRACKETS.get(kind)
    if kind is dict or brackets:
        if depth == 0:
            return "…"
        if kind not in (list, tuple) and len(value) > _MOST_ITEMS:
            return f"<{kind.__name__} of {len(value)}>"
        # A copy, made in one step: another thread may be changing it.
        items = (
            list(value.items()) if kind is dict else list(value[: _MOST_ITEMS + 1] if kind in (list, tuple) else value)
        )
        more = ["…"] if len(items) > _MOST_ITEMS else []
        items = items[:_MOST_ITEMS]
        if kind is dict:
            pairs = [f"{_text(key, depth - 1)}: {_text(item, depth - 1)}" for key, item in items]
            return "{" + ", ".join(pairs + more) + "}"
        assert brackets
        texts = [_text(item, depth - 1) for item in items] + more
        comma = "," if kind is tuple and len(texts) == 1 else ""
        return brackets[0] + ", ".join(texts) + comma + brackets[1]
    return f"<{plain(kind.__name__)}>"


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
