"""Writing and reading recorded runs. An append that has returned is on disk, whatever happens to the server."""

import json
import platform
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, create_engine, event, select, update
from sqlalchemy.engine import URL

from concurrency_lab.store import schema
from concurrency_lab.store.problem import UnknownRun, explained
from concurrency_lab.store.schema import batches_table as batches
from concurrency_lab.store.schema import runs_table as runs
from concurrency_lab.store.snippets import Snippets
from concurrency_lab.store.times import now
from concurrency_lab.trace import codec

# 113 kB of events -> 10 kB in 0.6 ms; level 6 saves a quarter of that and costs no more here, but 4x on long texts.
_COMPRESSION = 1
_INTERRUPTED = "The server ended while this run was going on; what it had recorded until then is here."


class Run(NamedTuple):
    """One recorded run, without its events."""

    id: str
    lesson: str | None
    program: str
    params: dict[str, Any]
    state: str
    status: str | None
    started_at: str
    ended_at: str | None
    header: codec.Header | None
    events: int
    last_ts_ns: int


class Page(NamedTuple):
    """A stretch of a trace; `last_seq` is that of its last line, or what was asked for if it is empty."""

    lines: list[str]
    last_seq: int


class Store:
    """All recorded runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)
        try:
            with explained(path):
                schema.prepare(self._engine)
        except BaseException:
            self.close()
            raise
        self.snippets = Snippets(path, self._engine)

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    # -- writing -------------------------------------------------------------------------------------

    def create_run(self, run_id: str, program: str, params: dict[str, Any], lesson: str | None = None) -> Run:
        """Record that a run begins now."""
        run = Run(
            id=run_id,
            lesson=lesson,
            program=program,
            params=params,
            state="running",
            status=None,
            started_at=now(),
            ended_at=None,
            header=None,
            events=0,
            last_ts_ns=0,
        )
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(runs.insert().values(run._asdict()))
        return run

    def set_header(self, run_id: str, header: codec.Header) -> None:
        """Record the header of a run's trace."""
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(header=header))

    def append(self, run_id: str, first_seq: int, lines: Sequence[str], last_ts_ns: int) -> None:
        """Add events, one line of JSON each, the first of which has this seq."""
        last_seq = first_seq + len(lines) - 1
        packed = zlib.compress("\n".join(lines).encode(), _COMPRESSION)
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(
                batches.insert().values(run_id=run_id, first_seq=first_seq, last_seq=last_seq, ndjson=packed)
            )
            changed = update(runs).where(runs.c.id == run_id).values(events=last_seq + 1, last_ts_ns=last_ts_ns)
            connection.execute(changed)

    def end_run(self, run_id: str, status: str) -> None:
        """Record that a run has ended; its last event, run.ended, is appended before."""
        with explained(self._path), self._engine.begin() as connection:
            ended = update(runs).where(runs.c.id == run_id, runs.c.state == "running")
            connection.execute(ended.values(state="ended", status=status, ended_at=now()))

    def mark_interrupted(self) -> list[str]:
        """End every run that nobody leads any more, its trace complete to the last stored event; return their ids."""
        with explained(self._path), self._engine.connect() as connection:
            left = [row.id for row in connection.execute(select(runs.c.id).where(runs.c.state == "running"))]
        for run_id in left:
            self.interrupt(run_id, _INTERRUPTED)
        return left

    def interrupt(self, run_id: str, text: str) -> str | None:
        """End a run without its supervisor: return the run.ended line that was added, if one was missing."""
        run = self.get(run_id)
        if run.header is None:
            self.set_header(run_id, _header_of(run))
        line, status = None, self._ended_status(run)
        if status is None:
            status = "interrupted"
            line = codec.dumps(ended_event(run.events, run.last_ts_ns, status, text))
            self.append(run_id, run.events, [line], run.last_ts_ns)
        self.end_run(run_id, status)
        return line

    def _ended_status(self, run: Run) -> str | None:
        """Return how a run's last stored event says it ended: the server may have died just behind it."""
        lines = self.read(run.id, run.events - 2, 1).lines
        last = json.loads(lines[0]) if lines else {}
        return last["status"] if last.get("kind") == "run.ended" else None

    # -- reading -------------------------------------------------------------------------------------

    def get(self, run_id: str) -> Run:
        """Return a run; raise UnknownRun."""
        with explained(self._path), self._engine.connect() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
        if row is None:
            raise UnknownRun(run_id)
        return _run(row)

    def list(self, limit: int = 100, lesson: str | None = None) -> Sequence[Run]:
        """Return the newest runs, newest first."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit)
        if lesson is not None:
            query = query.where(runs.c.lesson == lesson)
        with explained(self._path), self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(query)]

    def read(self, run_id: str, since: int, limit: int) -> Page:
        """Return at most `limit` events behind the one with seq `since` (-1: from the first)."""
        lines: list[str] = []
        behind = select(batches.c.first_seq, batches.c.ndjson).where(
            batches.c.run_id == run_id, batches.c.last_seq > since
        )
        with explained(self._path), self._engine.connect() as connection:
            for first_seq, packed in connection.execute(behind.order_by(batches.c.first_seq)):
                batch = zlib.decompress(packed).decode().split("\n")
                lines += batch[max(0, since + 1 - first_seq) :]
                if len(lines) >= limit:
                    break
        del lines[limit:]
        return Page(lines, since + len(lines))

    def trace_text(self, run_id: str, page_events: int = 2000) -> Iterator[str]:
        """Yield the text of a run's trace, as far as it is stored when this begins, many lines at a time."""
        run = self.get(run_id)
        yield codec.dumps(run.header or _header_of(run)) + "\n"
        since = -1
        while since < run.events - 1:
            page = self.read(run_id, since, min(page_events, run.events - 1 - since))
            yield "\n".join(page.lines) + "\n"
            since = page.last_seq


def ended_event(seq: int, ts_ns: int, status: str, text: str) -> codec.Event:
    """Return the run.ended of a run whose supervisor can no longer say it."""
    return {"seq": seq, "ts_ns": ts_ns, "kind": "run.ended", "by": "inferred", "status": status, "text": text}


def _run(row: Row[Any]) -> Run:
    return Run(**row._mapping)


def _header_of(run: Run) -> codec.Header:
    """Return the header of a run that was cut off before its supervisor had said it."""
    header: codec.Header = {
        "format": codec.FORMAT,
        "run": run.id,
        "program": run.program,
        "source": {},
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "started_at": run.started_at,
        "argv": [],
        "params": run.params,
        "start_method": "",
        "cpu_count": 0,
    }
    if run.lesson is not None:
        header["lesson"] = run.lesson
    return header


def _engine(path: Path) -> Engine:
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # Measured on the development machine, a commit of 12 kB: FULL p95 4.5 and p99 15.6 ms, NORMAL
        # 0.5 and 3.3 ms. FULL would stall every watcher; NORMAL loses nothing to a kill of the server,
        # only the last moments to a power cut, and never damages the file.
        try:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            # SQLAlchemy does not know of it yet, and would leave it open.
            connection.close()
            raise

    return engine
