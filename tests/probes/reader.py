"""A reader of segments for these tests alone: it depends on the schema, not on the supervisor."""

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from concurrency_lab.trace import constants, kinds, packing
from concurrency_lab.trace.fold import Fold

Event = dict[str, Any]


def read(folder: Path) -> list[Event]:
    """Return all events of all processes, by time. Fails on a hole and on anything behind the end of a segment."""
    events: list[Event] = []
    for pid, paths in _series(folder).items():
        files: dict[int, str] = {}
        for path in paths:
            events += _decode(pid, path.read_bytes(), files)
    return sorted(events, key=lambda event: event["ts_ns"])


def consume(folder: Path) -> list[Event]:
    """Return the events of segments that were written to their end, and remove those, as the supervisor does."""
    events: list[Event] = []
    for pid, paths in _series(folder).items():
        files: dict[int, str] = {}
        for path in paths:
            data = path.read_bytes()
            if _is_full(data):
                events += _decode(pid, data, files)
                os.unlink(path)
    return events


def _is_full(data: bytes) -> bool:
    ends = range(packing.SLOT_BYTES - 2, len(data) - 1, packing.SLOT_BYTES)
    marks = [data[at : at + 2] for at in ends]
    return struct.pack("<H", constants.SEGMENT_END) in marks or marks[-1] != b"\0\0"


def _series(folder: Path) -> dict[int, list[Path]]:
    series: dict[int, list[tuple[int, Path]]] = {}
    for path in folder.iterdir():
        pid, _, number = path.name.partition(".")
        if number.isdigit():
            series.setdefault(int(pid), []).append((int(number), path))
    return {pid: [path for _, path in sorted(found)] for pid, found in series.items()}


def _decode(pid: int, data: bytes, files: dict[int, str]) -> Iterator[Event]:
    at = 0
    while at + packing.SLOT_BYTES <= len(data):
        ts_ns, ident, obj, arg, line, file, number = packing.RECORD.unpack_from(data, at)
        if number in (0, constants.SEGMENT_END):
            end = at + packing.SLOT_BYTES
            if number == 0:
                end += _slots_of_cut_text(data[end:]) * packing.SLOT_BYTES
            assert not any(data[end:]), f"process {pid}: something is written behind slot {at // packing.SLOT_BYTES}"
            return
        at += packing.SLOT_BYTES
        text = None
        if number & constants.TEXT_FLAG:
            (size,) = packing.TEXT_LENGTH.unpack_from(data, at)
            text = data[at + 2 : at + 2 + size].decode()
            at += packing.slots_for_text(size) * packing.SLOT_BYTES
        number &= ~constants.TEXT_FLAG
        if number == constants.FILE_NAMED:
            files[obj] = text or ""
            continue
        kind = kinds.BY_NUMBER[number]
        event = {"kind": kind.name, "ts_ns": ts_ns, "pid": pid, "ident": ident, "line": line}
        if obj:
            event["obj"] = packing.object_id(obj)
        if line:
            event["file"] = files[file]
        event |= packing.unpack(kind, arg, text)
        if "age_ns" in event:
            # A probe says when; the supervisor makes it: how long ago.
            event["age_ns"] = ts_ns - event["age_ns"]
        yield event


def _slots_of_cut_text(behind: bytes) -> int:
    """Return the slots of a text whose process was killed before the record in front of it: that comes last."""
    (size,) = packing.TEXT_LENGTH.unpack_from(behind.ljust(packing.TEXT_LENGTH.size, b"\0"))
    return packing.slots_for_text(size) if size else 0


class Trace:
    """The events of a run, with words to ask for them."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events

    def all(self, *kinds: str, where: Callable[[Event], bool] | None = None, **fields: Any) -> list[Event]:
        """Return the events of these kinds that have these fields."""
        return [
            event
            for event in self.events
            if (not kinds or event["kind"] in kinds)
            and all(event.get(name) == value for name, value in fields.items())
            and (where is None or where(event))
        ]

    def one(self, kind: str, /, **fields: Any) -> Event:
        """Return the only such event."""
        found = self.all(kind, **fields)
        assert len(found) == 1, f"{len(found)} of {kind} {fields}: {found}"
        return found[0]

    def kinds(self, *kinds: str, **fields: Any) -> list[str]:
        """Return the kinds of these events, in order."""
        return [event["kind"] for event in self.all(*kinds, **fields)]

    def fold(self) -> Fold:
        """Return what a reader makes of it; threads that Python did not start are not told apart."""
        tids = {(event["pid"], event["ident"]): event["native"] for event in self.all("thread.started")}
        tids |= {(event["pid"], event["ident"]): event["pid"] for event in self.all("process.started")}
        fold = Fold()
        for event in self.events:
            told = {**event, "by": "probe", "tid": tids.get((event["pid"], event["ident"]), event["ident"])}
            if event.get("waker"):
                told["waker"] = tids[event["pid"], event["waker"]]
            fold.feed_one(told)
        return fold

    def output(self, stream: int = 1) -> str:
        """Return all that was written."""
        return "".join(event["text"] for event in self.all("output.written", stream=stream))
