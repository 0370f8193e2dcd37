"""Makes a failing case smaller for as long as it still fails: any plain data, by taking away and by simplifying."""

import time
from collections.abc import Callable, Iterator
from typing import Any


def shrunk(case: Any, fails: Callable[[Any], bool], patience_s: float = 20.0) -> Any:
    """Return the smallest case found in that time that fails; `fails` never raises."""
    until_s = time.monotonic() + patience_s
    again = True
    while again:
        again = False
        for smaller in simpler(case):
            if time.monotonic() > until_s:
                return case
            if fails(smaller):
                case, again = smaller, True
                break
    return case


def simpler(value: Any) -> Iterator[Any]:
    """Yield what is a little simpler than the value, the boldest first."""
    if isinstance(value, dict):
        yield from (dict(items) for items in _shorter(list(value.items())))
        for key, inner in value.items():
            yield from ({**value, key: smaller} for smaller in simpler(inner))
    elif isinstance(value, list):
        yield from _shorter(value)
        for at, inner in enumerate(value):
            yield from ([*value[:at], smaller, *value[at + 1 :]] for smaller in simpler(inner))
    elif isinstance(value, tuple):
        yield from (tuple(items) for items in simpler(list(value)) if len(items) == len(value))
    elif isinstance(value, str | bytes):
        yield from _shorter(value)
    elif type(value) in (int, float) and value not in (0, 1):
        yield 0
        if abs(value) < 2**63 and value == value:
            yield int(value / 2)


def _shorter(sequence: Any) -> Iterator[Any]:
    size = len(sequence)
    while size:
        for start in range(0, len(sequence), size):
            yield sequence[:start] + sequence[start + size :]
        size //= 2
