"""The store: what was appended is there, gapless, whatever ended the run or the server."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from concurrency_lab.store import DataFolder, Store, StoreError, UnknownRun
from concurrency_lab.trace import codec

HEADER = {
    "format": codec.FORMAT,
    "run": "r",
    "program": "program.py",
    "source": {"program.py": "print(1)\n"},
    "python": "3.11.7",
    "platform": "linux x86_64",
    "started_at": "2026-01-01T00:00:00.000+00:00",
    "argv": [],
    "params": {},
    "start_method": "fork",
    "cpu_count": 2,
}


def lines(first: int, count: int) -> list[str]:
    return [
        codec.dumps({"seq": seq, "ts_ns": seq * 10, "kind": "line.reached", "by": "probe", "line": seq})
        for seq in range(first, first + count)
    ]


def ended(seq: int, status: str = "finished") -> str:
    return codec.dumps({"seq": seq, "ts_ns": seq * 10, "kind": "run.ended", "by": "os", "status": status})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "runs.sqlite")
    yield store
    store.close()


def trace_of(store: Store, run_id: str) -> codec.Trace:
    return codec.read("".join(store.trace_text(run_id)).split("\n"))


def record(store: Store, run_id: str, sizes: list[int]) -> int:
    """Record a run in batches of these sizes; return how many events it has."""
    store.create_run(run_id, "program.py", {"n": 3}, "a-lesson")
    store.set_header(run_id, HEADER)
    first = 0
    for size in sizes:
        store.append(run_id, first, lines(first, size), (first + size - 1) * 10)
        first += size
    return first


def test_pages_are_gapless_from_any_seq_and_of_any_size(store: Store) -> None:
    total = record(store, "r", [1, 7, 2, 40, 1, 13])
    whole = lines(0, total)
    for since in range(-1, total):
        for limit in (1, 5, 1000):
            page = store.read("r", since, limit)
            assert page.lines == whole[since + 1 : since + 1 + limit]
            assert page.last_seq == since + len(page.lines)


def test_a_trace_reads_back_through_the_codec(store: Store) -> None:
    total = record(store, "r", [3, 2500, 1])
    store.append("r", total, [ended(total)], total * 10)
    store.end_run("r", "finished")
    trace = trace_of(store, "r")
    assert trace.header == HEADER
    assert len(trace.events) == total + 1
    run = store.get("r")
    assert (run.state, run.status, run.events, run.params) == ("ended", "finished", total + 1, {"n": 3})


def test_runs_are_listed_newest_first_and_by_lesson(store: Store) -> None:
    for number in range(3):
        store.create_run(f"r{number}", "program.py", {}, lesson="odd" if number % 2 else "even")
    assert {run.id for run in store.list()} == {"r0", "r1", "r2"}
    assert [run.id for run in store.list(lesson="odd")] == ["r1"]
    started = [run.started_at for run in store.list()]
    assert started == sorted(started, reverse=True)


def test_what_nobody_leads_is_interrupted_and_complete(store: Store) -> None:
    total = record(store, "cut", [5, 5])
    store.create_run("headless", "program.py", {}, "a-lesson")
    # The server died between storing the last event and saying so.
    seen = record(store, "seen", [4])
    store.append("seen", seen, [ended(seen, "stopped")], seen * 10)
    record(store, "done", [2])
    store.end_run("done", "finished")

    assert set(store.mark_interrupted()) == {"cut", "headless", "seen"}
    assert store.mark_interrupted() == []

    cut = trace_of(store, "cut")
    assert len(cut.events) == total + 1
    assert cut.events[-1]["status"] == "interrupted"
    assert cut.events[-1]["ts_ns"] == cut.events[-2]["ts_ns"]
    headless = trace_of(store, "headless")
    assert (headless.header["lesson"], [event["kind"] for event in headless.events]) == ("a-lesson", ["run.ended"])
    assert len(trace_of(store, "seen").events) == seen + 1
    assert [store.get(run).status for run in ("cut", "headless", "seen", "done")] == [
        "interrupted",
        "interrupted",
        "stopped",
        "finished",
    ]


def test_an_unknown_run_is_told_apart(store: Store) -> None:
    with pytest.raises(UnknownRun):
        store.get("nobody")
    assert store.read("nobody", -1, 10).lines == []


WRITER = """
import sys
from pathlib import Path
from tests.store.test_runs import HEADER, lines
from concurrency_lab.store import Store
store = Store(Path(sys.argv[1]))
store.create_run(sys.argv[2], "program.py", {})
store.set_header(sys.argv[2], HEADER)
first = 0
while True:
    store.append(sys.argv[2], first, lines(first, 50), (first + 49) * 10)
    first += 50
    print(first, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    dice = random.Random(20)
    root = Path(__file__).resolve().parents[2]
    acknowledged = {}
    for number in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"r{number}"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(root)},
        ) as writer:
            assert writer.stdout is not None
            for _ in range(dice.randrange(1, 60)):
                acknowledged[f"r{number}"] = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
    store = Store(path)
    assert set(store.mark_interrupted()) == set(acknowledged)
    for run_id, count in acknowledged.items():
        events = trace_of(store, run_id).events
        assert len(events) >= count + 1
        assert [json.loads(line) for line in lines(0, count)] == events[:count]
    store.close()


def test_a_newer_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer Concurrency Lab"):
        Store(path)


def test_a_full_disk_is_a_sentence(store: Store, tmp_path: Path) -> None:
    store.create_run("r", "program.py", {})
    full = "The disk that holds .* is full: free some space"
    # SQLite itself says "disk is full" when the file may not grow.
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.commit()
    random_text = random.Random(1).randbytes(200_000).hex()
    with pytest.raises(StoreError, match=full):
        store.append("r", 0, [random_text], 0)
    assert store.get("r").events == 0


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_text("not a folder"), "is not a folder"),
        (lambda path: (path.mkdir(), (path / "runs.sqlite").write_bytes(b"no database" * 100)), "is damaged"),
        (lambda path: (path.mkdir(), (path / "runs.sqlite").mkdir()), "cannot be written"),
        (lambda path: (path.mkdir(), (path / "secret").write_bytes(b"short")), "is damaged"),
    ],
)
def test_a_data_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path, spoil, sentence: str) -> None:
    path = tmp_path / "data"
    spoil(path)
    with pytest.raises(StoreError, match=sentence):
        open_all(path)


def open_all(path: Path) -> None:
    folder = DataFolder(path)
    try:
        folder.secret()
        Store(folder.database).close()
    finally:
        folder.close()


def test_one_server_at_a_time_uses_a_folder(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with pytest.raises(StoreError, match="Another Concurrency Lab is using"):
        DataFolder(tmp_path)
    first.close()
    again = DataFolder(tmp_path)
    again.close()


def test_the_secret_stays_and_is_nobody_elses(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    secret = folder.secret()
    assert folder.secret() == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    folder.close()
