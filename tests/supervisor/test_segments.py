"""segments.py: what a reader makes of a segment in every state that a writer can leave it in."""

from pathlib import Path

import pytest

from concurrency_lab.supervisor import segments
from concurrency_lab.trace import constants, packing

PID, IDENT = 4242, 0x7F00_0000_1000
SLOT = constants.SLOT_BYTES
Reader = segments.ProcessSegments


class Writer:
    """Writes segments as the probes do, slot by slot."""

    def __init__(self, folder: Path, slots: int = 64) -> None:
        self.path = folder / f"{PID}.0"
        self.data = bytearray(slots * SLOT)
        self.at = 0

    def put(self, kind: int, *, ts: int = 1, obj: int = 0, arg: int = 0, text: str | None = None) -> "Writer":
        flag = 0
        following = b""
        if text is not None:
            flag = constants.TEXT_FLAG
            encoded = text.encode()
            length = packing.slots_for_text(len(encoded)) * SLOT
            following = (packing.TEXT_LENGTH.pack(len(encoded)) + encoded).ljust(length, b"\0")
        record = packing.RECORD.pack(ts, IDENT, obj, arg, 0, 0, kind | flag) + following
        self.data[self.at : self.at + len(record)] = record
        self.at += len(record)
        return self

    def hole(self) -> "Writer":
        self.at += SLOT
        return self

    def save(self) -> None:
        self.path.write_bytes(self.data)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    found = segments.ProcessSegments(str(tmp_path), PID, lambda path: path)
    yield found
    found.close()


def kinds_read(reader: Reader, ended: bool = False) -> list[str]:
    return [event["kind"] for _, event in reader.read(ended)]


def test_reads_on_where_it_stopped(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path).put(constants.PROCESS_STARTED, text="main")
    writer.save()
    assert kinds_read(reader) == ["process.started"]
    writer.put(constants.THREAD_ENDED).save()
    assert kinds_read(reader) == ["thread.ended"]
    assert kinds_read(reader) == []


def test_waits_at_a_slot_that_is_taken_but_not_written(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path).put(constants.PROCESS_STARTED, text="main").hole().put(constants.THREAD_ENDED)
    writer.save()
    assert kinds_read(reader) == ["process.started"]
    # The process ends: the slot will never be written.
    assert kinds_read(reader, ended=True) == ["thread.ended"]


def test_passes_text_whose_record_was_never_committed(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path)
    at = writer.at
    writer.put(constants.OUTPUT_WRITTEN, text="killed while printing this line, which is longer than a slot")
    writer.data[at : at + SLOT] = bytes(SLOT)
    writer.put(constants.THREAD_ENDED).save()
    assert kinds_read(reader, ended=True) == ["thread.ended"]


def test_goes_to_the_next_segment_and_removes_the_read_one(tmp_path: Path, reader: Reader) -> None:
    Writer(tmp_path).put(constants.LOCK_CREATED, obj=1, text="Lock").put(constants.SEGMENT_END).save()
    second = Writer(tmp_path).put(constants.THREAD_ENDED)
    second.path = tmp_path / f"{PID}.1"
    second.save()
    assert kinds_read(reader) == ["lock.created", "thread.ended"]
    assert [path.name for path in tmp_path.iterdir()] == [f"{PID}.1"]


def test_text_across_the_end_of_a_chunk(tmp_path: Path, reader: Reader) -> None:
    slots = (1 << 16) // SLOT
    writer = Writer(tmp_path, slots * 2)
    for _ in range(slots - 2):
        writer.put(constants.EVENT_CLEARED, obj=1)
    writer.put(constants.OUTPUT_WRITTEN, arg=1, text="x" * 500).put(constants.THREAD_ENDED).save()
    found = [event for _, event in reader.read(ended=False)]
    assert [event["kind"] for event in found[-2:]] == ["output.written", "thread.ended"]
    assert found[-2]["text"] == "x" * 500


def test_fields_of_every_sort(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path).put(constants.PROCESS_STARTED, arg=17, text="spawn\0python x.py\0\x001")
    writer.put(constants.LANE_BLOCKED, arg=constants.REASON_LOCK | (1_500_001 << 8), obj=(PID << 32) | 5)
    writer.put(constants.CONDITION_WOKEN, obj=1, arg=IDENT).save()
    started, blocked, woken = (event for _, event in reader.read(ended=False))
    assert started == {
        "seq": 0, "ts_ns": 0, "kind": "process.started", "by": "probe", "pid": PID, "tid": PID,
        "ppid": 17, "method": "spawn", "argv": "python x.py", "internal": True,
    }  # fmt: skip
    assert (blocked["obj"], blocked["reason"], blocked["timeout_s"]) == (f"{PID}.5", "lock", 1.5)
    assert woken["waker"] == PID


def test_skipping_counts_what_reading_would_have_told(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path).put(constants.PROCESS_STARTED, text="main").put(constants.FILE_NAMED, obj=1, text="x.py")
    writer.put(constants.OUTPUT_WRITTEN, arg=1, text="x" * 100).put(constants.EVENT_CLEARED, obj=1).hole()
    writer.put(constants.EVENT_CLEARED, obj=1).put(constants.SEGMENT_END).save()
    second = Writer(tmp_path).put(constants.RUN_EVENTS_DROPPED, arg=40).put(constants.EVENT_CLEARED, obj=1)
    second.path = tmp_path / f"{PID}.1"
    second.save()
    assert reader.skip_rest() == 4 + 40 + 1
    assert reader.read(ended=True) == []


def test_what_is_said_again_means_what_its_names_mean_by_then(tmp_path: Path, reader: Reader) -> None:
    writer = Writer(tmp_path)
    for task in (1, 2):
        writer.put(constants.EVENT_CLEARED, ts=task, obj=1)
        writer.put(constants.TASK_STARTED, obj=PID << 32 | task).put(constants.EVENT_CLEARED, obj=1)
        writer.put(constants.THREAD_STARTED, arg=100 + task).put(constants.TASK_ENDED, obj=PID << 32 | task)
    writer.save()
    cleared = [event for _, event in reader.read(ended=False) if event["kind"] == "event.cleared"]
    assert [(event.get("task"), event["tid"]) for event in cleared] == [
        (None, IDENT & 0x7FFFFFFF),
        (f"{PID}.1", IDENT & 0x7FFFFFFF),
        (None, 101),
        (f"{PID}.2", 101),
    ]
    assert len({id(event) for event in cleared}) == 4
