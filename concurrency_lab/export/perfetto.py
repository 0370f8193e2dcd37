"""Chrome's trace event format (JSON), which ui.perfetto.dev and chrome://tracing load.

A process or thread is a thread there, its spans are slices; an asyncio task is an asynchronous track. What the format
means: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import bisect
import functools
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from concurrency_lab.export.exporter import About, Exporter
from concurrency_lab.export.folding import Span, SpanFold, Story, read_story, resource_name, spans_of, state_name
from concurrency_lab.export.text import plain
from concurrency_lab.trace import states
from concurrency_lab.trace.lane import Lane

_BATCH = 1000
# Linux never gives a higher number to a thread: from here on they are ours, for lanes whose own is taken or unknown.
_FIRST_MADE_TID = 1 << 22
# Names of colours that chrome://tracing has for the states of threads; Perfetto has its own by name.
_COLOURS = {
    states.NEW: "generic_work",
    states.RUNNABLE: "thread_state_runnable",
    states.RUNNING: "thread_state_running",
    states.BLOCKED: "thread_state_sleeping",
    states.ZOMBIE: "terrible",
}


class _Row(NamedTuple):
    """Where a lane is shown: a thread, or the thread that runs a task, which has a track of its own."""

    pid: int
    tid: int
    task: int | None = None


def _chunks(lines: Iterable[str], about: About) -> Iterator[bytes]:
    story = read_story(lines, SpanFold())
    yield b'{"displayTimeUnit":"ns","otherData":' + _json(_other(story, about)).encode() + b',"traceEvents":[\n'
    entries = _entries(story)
    separator = ""
    while batch := list(itertools.islice(entries, _BATCH)):
        yield (separator + ",\n".join(batch)).encode()
        separator = ",\n"
    yield b"\n]}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _other(story: Story, about: About) -> dict[str, object]:
    header = story.header
    known = {name: header[name] for name in ("run", "program", "python", "platform", "started_at")}
    title = about.title.get(about.lang)
    texts = {name: plain(str(value)) for name, value in ({"title": title} | known if title else known).items()}
    return {**texts, "dropped_events": story.fold.dropped}


def _entries(story: Story) -> Iterator[str]:
    """Yield every entry of `traceEvents`; spans before arrows: an arrow holds on to the span that begins with it."""
    rows = _rows_of(story)
    yield from _names(story, rows)
    for task, lane in enumerate(story.fold.lanes.values()):
        row = rows[lane.key]
        yield from _slices(story, lane, row) if row.task is None else _track(story, lane, row, task)
    yield from _counters(story)
    yield from _flows(story, rows)
    yield from _instants(story, rows)


def _rows_of(story: Story) -> dict[str, _Row]:
    """Return each lane's place. The OS gives a dead thread's number to a new one: that one gets another here."""
    rows: dict[str, _Row] = {}
    taken: set[tuple[int, int]] = set()
    made = itertools.count(_FIRST_MADE_TID)
    tasks = itertools.count()
    for lane in story.fold.lanes.values():
        if lane.kind == "task":
            parent = rows.get(str(lane.parent))
            rows[lane.key] = _Row(lane.pid, parent.tid if parent else lane.tid or lane.pid, next(tasks))
            continue
        tid = lane.tid
        if tid is None or (lane.pid, tid) in taken:
            tid = next(made)
        taken.add((lane.pid, tid))
        rows[lane.key] = _Row(lane.pid, tid)
    return rows


def _names(story: Story, rows: dict[str, _Row]) -> Iterator[str]:
    for order, lane in enumerate(story.fold.lanes.values()):
        row = rows[lane.key]
        place = {"ph": "M", "pid": row.pid, "tid": row.tid}
        if lane.kind == "process":
            yield _json({**place, "name": "process_name", "args": {"name": plain(lane.name)}})
            yield _json({**place, "name": "process_sort_index", "args": {"sort_index": order}})
            yield _json({**place, "name": "thread_name", "args": {"name": "MainThread"}})
        elif lane.kind == "thread":
            yield _json({**place, "name": "thread_name", "args": {"name": plain(lane.name)}})
        if lane.kind != "task":
            yield _json({**place, "name": "thread_sort_index", "args": {"sort_index": order}})


def _us(ns: int) -> str:
    """Return nanoseconds as microseconds, exactly."""
    return f"{ns // 1000}.{ns % 1000:03d}"


def _slices(story: Story, lane: Lane, row: _Row) -> Iterator[str]:
    rest = _described(story)
    place = f'"pid":{row.pid},"tid":{row.tid}'
    for span in spans_of(lane, story.fold.end_ns):
        times = f'"ts":{_us(span.start_ns)},"dur":{_us(span.end_ns - span.start_ns)}'
        yield f'{{"ph":"X","cat":"state",{place},{times},{rest(span)}}}'


def _described(story: Story) -> Callable[[Span], str]:
    """Return a function from a span to its name and particulars. Few are different, and there may be a million."""

    @functools.lru_cache(1 << 14)
    def described(state: int, reason: int, source: int, line: int, obj: str) -> str:
        span = Span(0, 0, state, reason, source, line, obj)
        args: dict[str, object] = {"state": states.STATE_NAMES[state]}
        if reason:
            args["reason"] = states.REASON_NAMES[reason]
        if obj:
            args["resource"] = plain(resource_name(story.fold, obj))
        if line:
            args["line"] = line
        args["how_known"] = states.SOURCES[source]
        return _json({"name": state_name(span), "cname": _COLOURS[state], "args": args})[1:-1]

    return lambda span: described(*span[2:])


def _track(story: Story, lane: Lane, row: _Row, number: int) -> Iterator[str]:
    """Yield a task: one slice over its life with its name, and its states within."""
    rest = _described(story)
    spans = list(spans_of(lane, story.fold.end_ns))
    if not spans:
        return
    place = f'"cat":"task","id":"0x{number:x}","pid":{row.pid},"tid":{row.tid}'
    name = _json({"name": plain(lane.name), "args": {"task": plain(lane.key)}})[1:-1]
    yield f'{{"ph":"b",{place},"ts":{_us(spans[0].start_ns)},{name}}}'
    for span in spans:
        about = rest(span)
        yield f'{{"ph":"b",{place},"ts":{_us(span.start_ns)},{about}}}'
        yield f'{{"ph":"e",{place},"ts":{_us(span.end_ns)},{about}}}'
    yield f'{{"ph":"e",{place},"ts":{_us(spans[-1].end_ns)},{name}}}'


def _counters(story: Story) -> Iterator[str]:
    """Yield how many items were in every queue. A resource belongs to no process: the first one shows it."""
    fold = story.fold
    names: dict[str, int] = {}
    pid = next(iter(fold.lanes.values())).pid if fold.lanes else 0
    for resource in fold.resources.values():
        if all(depth < 0 for depth in resource.depth):
            continue
        name = f"items in {plain(resource.name or resource.obj)}"
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name} ({plain(resource.obj)})"
        head = _json({"ph": "C", "cat": "queue", "pid": pid, "name": name})[:-1]
        for ns, depth in zip(resource.depth_ns, resource.depth, strict=True):
            if depth >= 0:
                yield f'{head},"ts":{_us(ns)},"args":{{"items":{depth}}}}}'


def _flows(story: Story, rows: dict[str, _Row]) -> Iterator[str]:
    fold = story.fold
    for number, (kind, from_lane, from_ns, to_lane, to_ns, obj) in enumerate(fold.flows):
        begin = _anchor(fold.lanes.get(from_lane), from_ns, fold.end_ns, story)
        end = _anchor(fold.lanes.get(to_lane), to_ns, fold.end_ns, story)
        if begin is None or end is None:
            continue
        about = {"from": plain(from_lane), "to": plain(to_lane), "from_ns": from_ns, "to_ns": to_ns}
        if obj:
            about["resource"] = plain(resource_name(fold, obj))
        entry = {"cat": "flow", "name": kind, "id": number}
        for phase, key, ns in (("s", from_lane, begin), ("f", to_lane, max(begin, end))):
            place = {"pid": rows[key].pid, "tid": rows[key].tid}
            # Said once: chrome://tracing complains of particulars at both ends.
            rest = {"bp": "e"} if phase == "f" else {"args": about}
            yield _json({"ph": phase, **entry, **place, **rest})[:-1] + f',"ts":{_us(ns)}}}'


def _anchor(lane: Lane | None, ns: int, end_ns: int, story: Story) -> int | None:
    """Return the instant nearest to `ns` at which the lane's thread has a slice; None where it never has one."""
    if lane is not None and lane.kind == "task":
        # Arrows go between threads there: a task's, to or from the thread that runs it.
        lane = story.fold.lanes.get(str(lane.parent))
    if lane is None or not lane.start_ns or lane.state[0] == states.DEAD:
        return None
    at = max(0, bisect.bisect_right(lane.start_ns, ns) - 1)
    if lane.state[at] == states.DEAD:
        at -= 1
    start, end = lane.start_ns[at], lane.start_ns[at + 1] if at + 1 < len(lane.start_ns) else end_ns
    # A slice has ended at its last instant.
    return max(start, min(ns, end - 1))


def _instants(story: Story, rows: dict[str, _Row]) -> Iterator[str]:
    for problem in story.problems:
        known = [rows[key] for key in problem.lanes if key in rows]
        place: dict[str, object] = {"pid": known[0].pid, "tid": known[0].tid, "s": "t"} if known else {"s": "g"}
        names = [story.fold.lanes[key].name for key in problem.lanes if key in rows]
        args = {"text": plain(problem.text), "lanes": [plain(name) for name in names]}
        entry = {"ph": "i", "cat": "finding", "name": problem.code, **place, "args": args}
        yield _json(entry)[:-1] + f',"ts":{_us(problem.ts_ns)}}}'


EXPORTER = Exporter("perfetto", ".perfetto.json", "application/json", _chunks)
