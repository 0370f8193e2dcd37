"""Waits for the user to type: input(), and what is read from standard input."""

from __future__ import annotations

import _io
import builtins
import sys

from ..trace import constants
from . import pipes
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _waiting(original: Any, args: tuple[Any, ...]) -> Any:
    # Read only now: most programs ask nothing.
    from .conditions import told_as_wait

    return told_as_wait(original, args, constants.REASON_INPUT, 0)


def _make_input(original: Any) -> Any:
    def input(*args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs) if kwargs else _waiting(original, args)
        except BaseException as error:
            hide(error)
            raise

    return input


def _make_stream_type() -> Any:
    base: Any = _io.TextIOWrapper

    def telling(name: str) -> Any:
        original = getattr(base, name)

        def method(self: Any, *args: Any) -> Any:
            try:
                # What is there already is no wait: not of the user, and not of a file.
                if pipes.is_ready(0, False):
                    return original(self, *args)
                return _waiting(original, (self, *args))
            except BaseException as error:
                hide(error)
                raise

        method.__name__ = name
        method.__qualname__ = f"TextIOWrapper.{name}"
        return method

    class TextIOWrapper(base):  # type: ignore[misc]
        """Standard input that tells when it waits; the original type in all but this."""

        read = telling("read")
        readline = telling("readline")
        __next__ = telling("__next__")

        def __repr__(self) -> str:
            # Since 3.13 it begins with the type's bare name.
            return str(base.__repr__(self)).replace("<TextIOWrapper", "<_io.TextIOWrapper", 1)

    TextIOWrapper.__module__ = base.__module__
    TextIOWrapper.__qualname__ = base.__qualname__
    TextIOWrapper.__doc__ = base.__doc__
    return TextIOWrapper


def patch() -> None:
    """Patch input() and sys.stdin."""
    replace(builtins, "input", _make_input)
    old: Any = sys.stdin
    if type(old) is not _io.TextIOWrapper or old.fileno() != 0:
        return
    options = {"encoding": old.encoding, "errors": old.errors, "newline": "\n", "line_buffering": old.line_buffering}
    mode = old.mode
    new = _make_stream_type()(old.detach(), **options)
    new.mode = mode
    for name in ("stdin", "__stdin__"):
        setattr(sys, name, new)
