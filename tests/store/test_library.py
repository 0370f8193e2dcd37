"""Runs as a library: whose they are, what finds them, what was found in them, and what is gone when it is deleted."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from concurrency_lab.store import Keep, Library, RemovedRun, Retention, Store, Wanted, Word
from concurrency_lab.trace import codec
from tests.store.test_runs import HEADER, ended, lines
from tests.trace.test_findings import locks

FOUND = {"kind": "finding.made", "by": "inferred", "code": "deadlock", "lanes": ["1/1"], "text": "They wait."}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "runs.sqlite")
    yield store
    store.close()


def record(store: Store, run_id: str, owner: str = "me", lesson: str | None = "a-lesson", **last: object) -> None:
    """Record a run that was watched when it was made, of three events and what `last` says."""
    store.create_run(run_id, "program.py", {}, lesson, owner=owner)
    store.set_header(run_id, HEADER | {"watched": True, "case": "try-2"})
    events = [*lines(0, 2), codec.dumps({"seq": 2, "ts_ns": 20, **FOUND, "args": {"form": "x"}}), ended(3)]
    if last:
        events[-1] = codec.dumps({"seq": 3, "ts_ns": 30, "kind": "run.ended", "by": "os", **last})
    store.append(run_id, 0, events, 30)
    store.end_run(run_id, str(last.get("status", "finished")))


def ids(library: Library, **wanted: object) -> list[str]:
    return [run.id for run in library.find(Wanted(**{"owner": "me", **wanted})).runs]  # type: ignore[arg-type]


def test_a_run_is_read_once_and_what_it_came_to_is_stored(store: Store) -> None:
    library = Library(store)
    record(store, "a", status="finished", exit_code=3, text="x" * 1000)
    store.create_run("going", "program.py", {}, owner="me")
    assert library.unread(10) == ["a"]
    (before,) = [run for run in library.find(Wanted("me")).runs if run.id == "a"]
    assert (before.summary, before.codes) == (None, None)
    library.read("a")
    assert library.unread(10) == []
    (run,) = [run for run in library.find(Wanted("me")).runs if run.id == "a"]
    assert run.codes == " deadlock "
    assert run.summary is not None
    assert run.summary["findings"] == [{"code": "deadlock", "text": "They wait.", "args": {"form": "x"}}]
    assert (run.summary["case"], run.summary["end"]["exit_code"]) == ("try-2", 3)
    assert len(run.summary["end"]["text"]) == 300
    # A list needs neither program nor events.
    assert run.header is None


def test_a_trace_that_tells_no_findings_is_made_to_prove_them(store: Store) -> None:
    """A run that was cut off has no word of its supervisor's; two lanes that wait for each other are a deadlock."""
    events = [codec.dumps(event) for event in locks()]
    end = {"seq": len(events), "ts_ns": 10**9, "kind": "run.ended", "by": "os", "status": "stopped"}
    store.create_run("a", "program.py", {}, owner="me")
    store.set_header("a", HEADER)
    store.append("a", 0, [*events, codec.dumps(end)], 10**9)
    store.end_run("a", "stopped")
    library = Library(store)
    library.read("a")
    store.create_run("b", "program.py", {}, owner="me")
    store.append("b", 0, ['{"seq": 0}', ended(1, "failed")], 10)
    store.end_run("b", "failed")
    library.read("b")
    found = {run.id: (run.codes, (run.summary or {})["end"]) for run in library.find(Wanted("me")).runs}
    # What is no event proves nothing.
    assert found == {"a": (" deadlock ", {}), "b": ("", {})}


def test_what_finds_a_run(store: Store) -> None:
    library = Library(store)
    record(store, "one", lesson="first")
    record(store, "two", lesson="second", status="failed")
    record(store, "three", lesson=None)
    record(store, "theirs", owner="other")
    library.read("two")
    library.rename("one", "100 % sure_thing")
    store.keep("three", True)
    assert ids(library) == ["three", "two", "one"]
    assert library.find(Wanted(None)).total == 4
    assert library.find(Wanted("me")).lessons == {"first": 1, "second": 1, "": 1}
    assert ids(library, words=[Word("100 %"), Word("SURE_T")]) == ["one"]
    # What means something to SQL is a letter here.
    assert ids(library, words=[Word("1%sure")]) == []
    assert ids(library, words=[Word("sureXthing")]) == []
    assert ids(library, words=[Word("program")]) == ["three", "two", "one"]
    assert ids(library, words=[Word("lock", codes=("deadlock", "data-race"))]) == ["two"]
    assert ids(library, words=[Word("ended", ends=("failed",))]) == ["two"]
    assert ids(library, words=[Word("lesson", lessons=("first", "second")), Word("x", ends=("finished",))]) == ["one"]
    assert ids(library, lesson="second") == ["two"]
    assert ids(library, lesson="") == ["three"]
    assert ids(library, kept=True) == ["three"]
    assert (library.kept("me"), library.kept("other"), library.kept()) == (1, 0, 1)


def test_pages_of_many_runs_have_each_once_newest_first(store: Store) -> None:
    library = Library(store)
    for number in range(25):
        record(store, f"r{number:02}")
    pages = [library.find(Wanted("me", offset=offset, limit=10)) for offset in (0, 10, 20, 30)]
    assert [len(page.runs) for page in pages] == [10, 10, 5, 0]
    assert {page.found for page in pages} == {25}
    runs = [run for page in pages for run in page.runs]
    assert len({run.id for run in runs}) == 25
    assert [run.started_at for run in runs] == sorted((run.started_at for run in runs), reverse=True)


def test_a_deleted_run_is_not_found_at_once_and_its_space_is_given_back(store: Store) -> None:
    library = Library(store)
    record(store, "a")
    record(store, "b")
    store.keep("a", True)
    library.remove("a")
    library.remove("a")
    assert ids(library) == ["b"]
    with pytest.raises(RemovedRun):
        store.get("a")
    # No rule removes it; what was deleted is cleared away all the same, kept or not.
    assert Retention(store, Keep()).apply() == []
    connection = sqlite3.connect(store.path)
    assert connection.execute("SELECT run_id FROM batches").fetchall() == [("b",)]
    assert connection.execute("SELECT id FROM runs").fetchall() == [("b",)]
    connection.close()


def test_a_database_of_version_2_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    store = Store(path)
    record(store, "old", owner="")
    store.close()
    connection = sqlite3.connect(path)
    connection.executescript("DROP INDEX runs_of_owner; DROP INDEX runs_unread; UPDATE schema_version SET version = 2;")
    for column in ("owner", "name", "summary", "codes"):
        connection.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    connection.close()
    store = Store(path)
    library = Library(store)
    (run,) = library.find(Wanted(None)).runs
    assert (run.id, run.owner, run.name) == ("old", None, None)
    library.read("old")
    assert json.dumps(library.find(Wanted(None)).runs[0].summary).count("deadlock") == 1
    store.close()
