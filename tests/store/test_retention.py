"""Retention: what is too much goes, oldest first; what is kept, in use or going on stays; a removed run is named."""

import datetime
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from concurrency_lab.store import Keep, RemovedRun, Retention, Store, StoreError, UnknownRun, schema
from concurrency_lab.store.retention import Clock
from concurrency_lab.trace import codec

# As version 1 made it, on the last day of version 1.
VERSION_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE runs (
    id VARCHAR NOT NULL, lesson VARCHAR, program VARCHAR NOT NULL, params JSON NOT NULL, state VARCHAR NOT NULL,
    status VARCHAR, started_at VARCHAR NOT NULL, ended_at VARCHAR, header JSON, events INTEGER NOT NULL,
    last_ts_ns INTEGER NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX ix_runs_lesson ON runs (lesson);
CREATE INDEX ix_runs_state ON runs (state);
CREATE INDEX ix_runs_started_at ON runs (started_at);
CREATE TABLE batches (
    run_id VARCHAR NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, ndjson BLOB NOT NULL,
    PRIMARY KEY (run_id, first_seq), FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO schema_version VALUES (1);
INSERT INTO runs VALUES ('old', 'a-lesson', 'program.py', '{}', 'ended', 'finished', '2025-01-01T00:00:00.000+00:00',
    NULL, NULL, 1, 5);
INSERT INTO batches VALUES ('old', 0, 0, X'789c4b04000062006200');
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "runs.sqlite")
    yield store
    store.close()


def line(seq: int, text: str) -> str:
    return codec.dumps({"seq": seq, "ts_ns": seq, "kind": "output.written", "by": "os", "text": text})


def record(store: Store, names: str, batches: int = 1, ended: bool = True) -> None:
    """Record a run for each letter, one day after another from 2026-01-01, of 10 kB a batch that cannot be packed."""
    noise = random.Random(7)
    for day, run_id in enumerate(names):
        store.create_run(run_id, "program.py", {})
        for seq in range(batches):
            store.append(run_id, seq, [line(seq, noise.randbytes(5000).hex())], seq)
        if ended:
            store.end_run(run_id, "finished")
        with store.engine.begin() as connection:
            started = f"2026-01-{day + 1:02}T00:00:00.000+00:00"
            connection.exec_driver_sql("UPDATE runs SET started_at = ? WHERE id = ?", (started, run_id))


def left(store: Store) -> str:
    return "".join(sorted(run.id for run in store.list()))


def apply(store: Store, keep: Keep, **options: object) -> str:
    return "".join(Retention(store, keep, pause=lambda _seconds: None).apply(**options))  # type: ignore[arg-type]


def test_of_too_many_runs_the_oldest_go(store: Store) -> None:
    record(store, "abcdef")
    assert apply(store, Keep(runs=6)) == ""
    assert apply(store, Keep(runs=4)) == "ab"
    assert left(store) == "cdef"
    assert apply(store, Keep()) == ""


def test_bytes_are_those_of_the_packed_events(store: Store) -> None:
    record(store, "abcd", batches=2)
    sizes = [store.get(run_id).bytes for run_id in "abcd"]
    assert all(10_000 < size < 12_000 for size in sizes), "hex digits take half of their length"
    assert apply(store, Keep(megabytes=sum(sizes) / 1e6)) == ""
    assert apply(store, Keep(megabytes=(sizes[2] + sizes[3] + 1) / 1e6)) == "ab"


def test_age_is_counted_by_a_clock_that_nobody_sets(store: Store) -> None:
    record(store, "abc")
    noon = datetime.datetime(2026, 1, 3, 12, tzinfo=datetime.UTC)
    assert Retention(store, Keep(days=2), clock=lambda: noon).apply() == ["a"]
    begin = datetime.datetime.now(datetime.UTC)
    assert abs(Clock()() - begin) < datetime.timedelta(minutes=1)


def test_what_is_kept_in_use_or_going_on_stays(store: Store) -> None:
    record(store, "abcd")
    record(store, "e", ended=False)
    store.keep("a", True)
    assert apply(store, Keep(runs=0), in_use=["b"]) == "cd"
    assert left(store) == "abe"
    store.keep("a", False)
    assert apply(store, Keep(runs=0)) == "ab"


def test_a_removed_run_is_told_from_one_that_never_was(store: Store) -> None:
    record(store, "ab")
    apply(store, Keep(runs=1))
    with pytest.raises(RemovedRun) as removed:
        store.get("a")
    assert removed.value.removed_at.startswith("20")
    with pytest.raises(UnknownRun) as unknown:
        store.get("z")
    assert not isinstance(unknown.value, RemovedRun)


def test_removing_that_was_cut_short_shows_no_half_run_and_goes_on_later(store: Store) -> None:
    record(store, "ab", batches=40)

    class Killed(Exception):
        pass

    def die(_seconds: float) -> None:
        raise Killed

    text = store.trace_text("a")
    next(text)
    with pytest.raises(Killed):
        Retention(store, Keep(runs=1), pause=die).apply()
    with pytest.raises(RemovedRun):
        store.get("a")
    # A download that had begun gets the beginning, and ends, instead of waiting for events that never come.
    rest = "".join(text).splitlines()
    assert 0 < len(rest) < 40
    assert rest == [line(seq, json.loads(said)["text"]) for seq, said in enumerate(rest)]
    assert left(store) == "b"
    assert apply(store, Keep()) == ""
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM batches WHERE run_id = 'a'").scalar() == 0


def test_the_file_shrinks(store: Store) -> None:
    record(store, "ab", batches=100)
    before = pages(store)
    apply(store, Keep(runs=1))
    assert pages(store) < before * 0.6
    assert len(store.read("b", -1, 1000).lines) == 100


def pages(store: Store) -> int:
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


def test_a_database_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_1)
    connection.close()
    for _ in range(2):
        store = Store(path)
        run = store.get("old")
        assert (run.kept, run.bytes, run.events, run.lesson) == (False, 10, 1, "a-lesson")
        store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(schema.VERSION,)]
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        made = schema_of(connection)
    connection.close()
    fresh = tmp_path / "fresh.sqlite"
    Store(fresh).close()
    with sqlite3.connect(fresh) as connection:
        assert made == schema_of(connection), "a migrated database differs from a new one"
    connection.close()


def schema_of(connection: sqlite3.Connection) -> dict[str, object]:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
    indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name").fetchall()
    return {"columns": columns, "indexes": indexes}


def test_a_migration_that_cannot_be_done_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(VERSION_1)
        # A name that version 2 needs is taken, so its last step fails.
        connection.execute("CREATE TABLE runs_to_keep (id)")
    connection.close()
    with pytest.raises(StoreError):
        Store(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
        assert "kept" not in [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    connection.close()
