"""A trace file as a run: every event there and in order, however it is paged; what is damaged ends where it is."""

import contextlib
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from concurrency_lab.store import Library, LibraryWithFile, StoreError, StoreWithFile, TraceFile, Wanted, Word
from tests.store.test_runs import HEADER, ended, lines


@pytest.fixture
def opened() -> Iterator[Callable[[Path], TraceFile]]:
    """Open trace files; they are closed after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda path: stack.enter_context(contextlib.closing(TraceFile(path)))


@pytest.fixture
def written(tmp_path: Path, opened: Callable[[Path], TraceFile]) -> Callable[..., TraceFile]:
    """Write a trace file of these events, and open it."""

    def write(*events: str, end: str = "\n") -> TraceFile:
        path = tmp_path / "t.ndjson"
        path.write_text("\n".join([json.dumps(HEADER), *events]) + end, "utf-8")
        return opened(path)

    return write


def all_of(file: TraceFile, limit: int) -> list[str]:
    got: list[str] = []
    while page := file.read(len(got) - 1, limit).lines:
        got += page
    return got


@pytest.mark.parametrize("count", [0, 1, 1999, 2000, 2001, 4000])
@pytest.mark.parametrize("limit", [700, 2000, 5000])
def test_every_event_comes_once_and_as_it_stands(written: Callable[..., TraceFile], count: int, limit: int) -> None:
    events = [*lines(0, count), ended(count)]
    file = written(*events)
    assert all_of(file, limit) == events
    assert (file.run.events, file.run.status) == (count + 1, "finished")
    # Asked for again, from anywhere.
    assert file.read(max(-1, count - 2), 10).lines == events[max(0, count - 1) :]
    assert "".join(file.text()).splitlines()[1:] == events


def test_the_end_is_found_wherever_one_begins_to_read(written: Callable[..., TraceFile]) -> None:
    file = written(*lines(0, 5000), ended(5000))
    assert file.read(4998, 10).lines == [*lines(4999, 1), ended(5000)]


@pytest.mark.parametrize("count", [0, 3, 2000])
def test_a_trace_that_was_cut_off_gets_an_end(written: Callable[..., TraceFile], count: int) -> None:
    file = written(*lines(0, count), end='\n{"seq":')
    *events, last = map(json.loads, all_of(file, 900))
    assert [event["seq"] for event in events] == list(range(count))
    assert (last["seq"], last["kind"], last["status"], last["by"]) == (count, "run.ended", "interrupted", "inferred")
    assert f"t.ndjson: Line {count + 2}" in last["text"]
    assert file.run.events == count + 1
    complete = written(*lines(0, count))
    assert "was cut off" in json.loads(all_of(complete, 900)[-1])["text"]


@pytest.mark.parametrize("bad", ['{"seq":2000}', "[1]", '{"seq":2001,"ts_ns":1,"kind":"x","by":"os"}', "\0", "𝄞" * 9])
def test_what_is_damaged_is_shown_up_to_the_damage(written: Callable[..., TraceFile], bad: str) -> None:
    file = written(*lines(0, 2000), bad, ended(2001))
    *events, last = all_of(file, 3000)
    assert events == lines(0, 2000)
    assert "Line 2002" in json.loads(last)["text"]
    assert file.run.status == "interrupted"


def test_blank_lines_and_lone_surrogates_are_no_damage(tmp_path: Path, opened: Callable[[Path], TraceFile]) -> None:
    said = '{"seq":0,"ts_ns":0,"kind":"output.written","by":"os","pid":1,"stream":1,"text":"'
    path = tmp_path / "t.ndjson"
    path.write_bytes(b"\n" + json.dumps(HEADER).encode() + b"\r\n\n" + said.encode() + b'\xed\xa0\x80"}\r\n\n')
    (first, _end) = all_of(opened(path), 10)
    assert json.loads(first)["text"] == "\ufffd\ufffd\ufffd"


def test_a_packed_trace_is_read_as_it_is(
    tmp_path: Path, written: Callable[..., TraceFile], opened: Callable[[Path], TraceFile]
) -> None:
    events = [*lines(0, 2500), ended(2500)]
    written(*events)
    packed = tmp_path / "t.ndjson.gz"
    packed.write_bytes(gzip.compress((tmp_path / "t.ndjson").read_bytes()))
    assert all_of(opened(packed), 1000) == events
    packed.write_bytes(packed.read_bytes()[:-20])
    with pytest.raises(StoreError, match=r"t\.ndjson\.gz cannot be read"):
        TraceFile(packed)


def test_what_is_no_trace_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t"
    for content, sentence in (
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"print(1)\n", "not JSON"),
        (b"\x89PNG\r\n", "not JSON"),
        (b'{"a":1}\n', "this is no trace"),
        (json.dumps(HEADER | {"format": "concurrency-lab/2"}).encode(), "Use a newer Concurrency Lab"),
    ):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=sentence):
            TraceFile(path)
    with pytest.raises(StoreError, match="No such file"):
        TraceFile(tmp_path / "missing")
    with pytest.raises(StoreError, match="Is a directory"):
        TraceFile(tmp_path)


def test_an_id_that_cannot_stand_in_an_address_is_replaced(tmp_path: Path, opened: Callable[[Path], TraceFile]) -> None:
    path = tmp_path / "t"
    path.write_text(json.dumps(HEADER | {"run": "../x"}) + "\n")
    assert opened(path).run.id.isalnum()


# -- among the runs of a library -----------------------------------------------------------------------


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Callable[[TraceFile], Library]]:
    """Make libraries with these files, and a run that was recorded besides."""
    with contextlib.ExitStack() as stack:

        def make(file: TraceFile) -> Library:
            store = stack.enter_context(contextlib.closing(StoreWithFile(tmp_path / "runs.sqlite", file)))
            store.create_run("other", "program.py", {})
            store.end_run("other", "finished")
            return LibraryWithFile(store)

        yield make


def test_a_file_is_listed_at_once_and_read_only_for_who_looks_at_the_list(
    written: Callable[..., TraceFile], listed: Callable[[TraceFile], Library]
) -> None:
    events = [*lines(0, 2500), ended(2500)]
    file = written(*events)
    library = listed(file)
    # Whoever opens the run itself does not wait for a million events to be read.
    assert library.unread(9) == ["other"]
    assert {run.id for run in library.find(Wanted(None)).runs} == {HEADER["run"], "other"}
    assert library.unread(9) == [HEADER["run"], "other"]
    (run,) = library.find(Wanted(None, [Word("t.NDJ")])).runs
    assert (run.name, run.program, run.state, run.status, run.summary) == (
        "t.ndjson",
        "program.py",
        "ended",
        None,
        None,
    )
    assert run.started_at == HEADER["started_at"]
    library.read(run.id)
    assert library.unread(9) == ["other"]
    (run,) = library.find(Wanted(None, [Word("finish", ends=("finished",)), Word("t.nd")])).runs
    assert (run.status, run.events, run.last_ts_ns, run.summary["findings"]) == (  # type: ignore[index]
        "finished",
        2501,
        json.loads(events[-1])["ts_ns"],
        [],
    )
    assert (library.file_of(run.id), library.file_of("other")) == ("t.ndjson", None)


def test_a_file_with_half_characters_and_a_damage_is_listed_with_its_damage(
    tmp_path: Path, opened: Callable[[Path], TraceFile], listed: Callable[[TraceFile], Library]
) -> None:
    path = tmp_path / "t\udcff.ndjson"
    odd = {"program": "\ud800.py", "lesson": "\udfff", "params": {"\ud800": 1}, "started_at": "long ago"}
    path.write_text("\n".join([json.dumps(HEADER | odd), *lines(0, 3), "?"]), "utf-8")
    library = listed(opened(path))
    library.find(Wanted(None))
    library.read(HEADER["run"])
    (run,) = library.find(Wanted(None, [Word("ndjson")])).runs
    assert (run.name, run.program, run.lesson, run.started_at) == ("t\ufffd.ndjson", "?.py", "?", "long ago")
    assert (run.status, run.events) == ("interrupted", 4)
    assert "Line 5" in run.summary["end"]["text"]  # type: ignore[index]
