"""Events as columns, for the one-file page: a third of the size once packed, as what is alike stands together.

A block is {"n", "order", "ns", "shapes"}: event i has the shape `order[i]` and comes `ns[i]` after the one before it;
a shape is [kind, by, {field: its values in order}], a single value standing for all.
static/js/trace/unpack.js reads it.
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from concurrency_lab.trace.codec import Event

BLOCK = 20_000
# Said otherwise: by the order of events, the time between them, and the shape.
_APART = frozenset({"seq", "ts_ns", "kind", "by"})


def blocks(events: Iterable[Event]) -> Iterator[str]:
    """Yield blocks of events as lines of JSON, without their line ends."""
    rest = iter(events)
    before_ns = 0
    while batch := list(itertools.islice(rest, BLOCK)):
        yield json.dumps(_block(batch, before_ns), separators=(",", ":"))
        before_ns = batch[-1]["ts_ns"]


def _block(batch: list[Event], before_ns: int) -> dict[str, Any]:
    places: dict[tuple[str, ...], int] = {}
    shapes: list[list[Any]] = []
    order = []
    for event in batch:
        shape = (event["kind"], event["by"], *event)
        place = places.get(shape)
        if place is None:
            place = places[shape] = len(shapes)
            shapes.append([event["kind"], event["by"], {name: [] for name in event if name not in _APART}])
        order.append(place)
        for name, column in shapes[place][2].items():
            column.append(event[name])
    for _, _, fields in shapes:
        for name, column in fields.items():
            # `1 == True`: the texts of both must be equal, too.
            if len(column) > 1 and all(value == column[0] and type(value) is type(column[0]) for value in column):
                fields[name] = column[:1]
    times = [before_ns, *(event["ts_ns"] for event in batch)]
    return {
        "n": len(batch),
        "order": order,
        "ns": [after - before for before, after in itertools.pairwise(times)],
        "shapes": shapes,
    }
