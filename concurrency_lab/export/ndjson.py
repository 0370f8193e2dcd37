"""A trace as itself: checked line by line, and written the way this program writes them."""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from concurrency_lab.export.exporter import About, Exporter
from concurrency_lab.trace import codec
from concurrency_lab.trace.lines import encode_all

_BATCH = 2000


def _chunks(lines: Iterable[str], _about: About) -> Iterator[bytes]:
    header, events = codec.stream(lines)
    yield _encoded([header])
    while batch := list(itertools.islice(events, _BATCH)):
        yield _encoded(batch)


def _encoded(values: list[dict[str, Any]]) -> bytes:
    text = encode_all(values)
    # Halves of a character, which a program may print, are no UTF-8: they are written as escapes, which JSON has.
    try:
        text.decode()
    except UnicodeDecodeError:
        text = "".join(json.dumps(value, separators=(",", ":")) + "\n" for value in values).encode()
    return text


EXPORTER = Exporter("ndjson", ".ndjson", "application/x-ndjson", _chunks)
