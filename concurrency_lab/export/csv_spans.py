"""The spans as a table for spreadsheets and pandas: one a row, lane by lane."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

from concurrency_lab.export.exporter import About, Exporter
from concurrency_lab.export.folding import SpanFold, Story, read_story, resource_name, spans_of
from concurrency_lab.export.text import cell
from concurrency_lab.trace import states
from concurrency_lab.trace.fold_core import Event, Origin

COLUMNS = ("lane", "pid", "tid", "task", "state", "reason", "resource", "start_ns", "end_ns", "how_known")
_BATCH = 2000


class _BareFold(SpanFold):
    """A table of spans has no arrows, either, and does not tell how full a queue was."""

    def _flow(self, kind: str, origin: Origin, to_lane: str, to_ns: int, obj: str) -> None:
        pass

    def _depth(self, event: Event) -> None:
        pass


def _chunks(lines: Iterable[str], _about: About) -> Iterator[bytes]:
    rows = itertools.chain((COLUMNS,), _rows(read_story(lines, _BareFold())))
    while batch := list(itertools.islice(rows, _BATCH)):
        text = io.StringIO()
        csv.writer(text).writerows(batch)
        yield text.getvalue().encode()


def _rows(story: Story) -> Iterator[tuple[object, ...]]:
    fold = story.fold
    for lane in fold.lanes.values():
        task = cell(lane.key) if lane.kind == "task" else ""
        place = (cell(lane.name), lane.pid, "" if lane.tid is None else lane.tid, task)
        for span in spans_of(lane, fold.end_ns):
            state, reason = states.STATE_NAMES[span.state], states.REASON_NAMES[span.reason]
            resource = cell(resource_name(fold, span.obj))
            yield *place, state, reason, resource, span.start_ns, span.end_ns, states.SOURCES[span.source]


EXPORTER = Exporter("csv", ".csv", "text/csv; charset=utf-8", _chunks)
