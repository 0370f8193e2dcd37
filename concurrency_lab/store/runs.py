"""Writing and reading recorded runs. An append that has returned is on disk, whatever happens to the server."""

import json
import platform
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from isal import isal_zlib
from sqlalchemy import Engine, Integer, Row, bindparam, create_engine, event, select, update
from sqlalchemy.engine import URL

from concurrency_lab.store import schema
from concurrency_lab.store.problem import RemovedRun, UnknownRun, explained
from concurrency_lab.store.schema import batches_table as batches
from concurrency_lab.store.schema import removed_table as removed
from concurrency_lab.store.schema import runs_table as runs
from concurrency_lab.store.schema import version_table
from concurrency_lab.store.snippets import Snippets
from concurrency_lab.store.times import now
from concurrency_lab.trace import codec
from concurrency_lab.trace.block import joined

# zlib's format by ISA-L: 295 kB of events -> 23 kB in 0.13 ms, where zlib's own level 1 makes 25 kB in 0.60 ms.
_COMPRESSION = 1
# auto_vacuum only says something to a file without a table yet, and must come before the journal's mode.
_PRAGMAS = (
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=5000",
)
_INTERRUPTED = "The server ended while this run was going on; what it had recorded until then is here."
_NEVER_BEGAN = "The server ended while this run was waiting for a free place: it never began. Run it again."
# What is done for every batch is made once: making it took longer than doing it.
_ADD_BATCH = batches.insert()
_COUNT_BATCH = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        events=bindparam("count"),
        last_ts_ns=bindparam("newest_ns"),
        bytes=runs.c.bytes + bindparam("more", type_=Integer),
    )
)
# Not ended: queued waits for a free place, running has begun.
_GOING = ("queued", "running")


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
    kept: bool = False
    bytes: int = 0
    owner: str | None = None
    name: str | None = None
    # see store/library.py
    summary: dict[str, Any] | None = None
    codes: str | None = None


class Page(NamedTuple):
    """A stretch of a trace; `last_seq` is that of its last line, or what was asked for if it is empty."""

    lines: list[str]
    last_seq: int


class Store:
    """All recorded runs."""

    def __init__(self, path: Path) -> None:
        self._open(path, _engine(path))

    def _open(self, path: Path | str, engine: Engine) -> None:
        self._path = path
        self._engine = engine
        try:
            with explained(path):
                schema.prepare(engine)
        except BaseException:
            self.close()
            raise
        self.snippets = Snippets(path, engine)

    @property
    def engine(self) -> Engine:
        """The connections to the file."""
        return self._engine

    @property
    def path(self) -> Path | str:
        """The file; of a database's server, what to call it."""
        return self._path

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()

    def check(self) -> None:
        """Write something that changes nothing; raise StoreError where that cannot be done."""
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(update(version_table).values(version=version_table.c.version))

    def size_bytes(self) -> int:
        """Return how much room the file takes, with what is not yet merged into it."""
        file = Path(self._path)
        files = (file, file.with_name(file.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    # -- writing -------------------------------------------------------------------------------------

    def create_run(
        self,
        run_id: str,
        program: str,
        params: dict[str, Any],
        lesson: str | None = None,
        state: str = "running",
        owner: str | None = None,
    ) -> Run:
        """Record that a run begins now, or that it waits for a free place (state: queued); owner: who started it."""
        run = new_run(run_id, program, params, lesson, state, owner)
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(runs.insert().values(run._asdict()))
        return run

    def begin_run(self, run_id: str) -> None:
        """Record that a run that was waiting begins now."""
        with explained(self._path), self._engine.begin() as connection:
            queued = update(runs).where(runs.c.id == run_id, runs.c.state == "queued")
            connection.execute(queued.values(state="running", started_at=now()))

    def set_header(self, run_id: str, header: codec.Header) -> None:
        """Record the header of a run's trace."""
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(header=header))

    def append(self, run_id: str, first_seq: int, lines: Sequence[str], last_ts_ns: int) -> bytes:
        """Add events, one line of JSON each, the first of which has this seq; return them as they are stored."""
        last_seq = first_seq + len(lines) - 1
        packed = pack(lines)
        with explained(self._path), self._engine.begin() as connection:
            batch = {"run_id": run_id, "first_seq": first_seq, "last_seq": last_seq, "ndjson": packed}
            connection.execute(_ADD_BATCH, batch)
            grown = {"run": run_id, "count": last_seq + 1, "newest_ns": last_ts_ns, "more": len(packed)}
            connection.execute(_COUNT_BATCH, grown)
        return packed

    def end_run(self, run_id: str, status: str) -> None:
        """Record that a run has ended; its last event, run.ended, is appended before."""
        with explained(self._path), self._engine.begin() as connection:
            ended = update(runs).where(runs.c.id == run_id, runs.c.state.in_(_GOING))
            connection.execute(ended.values(state="ended", status=status, ended_at=now()))

    def keep(self, run_id: str, kept: bool) -> None:
        """Have retention leave a run alone, or no longer."""
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(kept=kept))

    def mark_interrupted(self) -> list[str]:
        """End every run that nobody leads any more, its trace complete to the last stored event; return their ids."""
        with explained(self._path), self._engine.connect() as connection:
            left = connection.execute(select(runs.c.id, runs.c.state).where(runs.c.state.in_(_GOING))).all()
        for run_id, state in left:
            self.interrupt(run_id, _NEVER_BEGAN if state == "queued" else _INTERRUPTED)
        return [run_id for run_id, _ in left]

    def interrupt(self, run_id: str, text: str, status: str = "interrupted") -> str | None:
        """End a run without its supervisor: return the run.ended line that was added, if one was missing."""
        run = self.get(run_id)
        if run.header is None:
            self.set_header(run_id, _header_of(run))
        line, known = None, self._ended_status(run)
        if known is None:
            line = codec.dumps(ended_event(run.events, run.last_ts_ns, status, text))
            self.append(run_id, run.events, [line], run.last_ts_ns)
        self.end_run(run_id, known or status)
        return line

    def _ended_status(self, run: Run) -> str | None:
        """Return how a run's last stored event says it ended: the server may have died just behind it."""
        lines = self.read(run.id, run.events - 2, 1).lines
        last = json.loads(lines[0]) if lines else {}
        return last["status"] if last.get("kind") == "run.ended" else None

    # -- reading -------------------------------------------------------------------------------------

    def get(self, run_id: str) -> Run:
        """Return a run; raise UnknownRun, or RemovedRun where it was removed."""
        with explained(self._path), self._engine.connect() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
            if row is None or row.state != "running":
                gone = connection.execute(select(removed.c.removed_at).where(removed.c.id == run_id)).scalar()
                if gone is not None:
                    raise RemovedRun(run_id, gone)
        if row is None:
            raise UnknownRun(run_id)
        return _run(row)

    def unended(self) -> Sequence[str]:
        """Return the ids of the runs that began and whose end is not recorded."""
        with explained(self._path), self._engine.connect() as connection:
            return connection.execute(select(runs.c.id).where(runs.c.state == "running")).scalars().all()

    def list(self, limit: int = 100, lesson: str | None = None) -> Sequence[Run]:
        """Return the newest runs, newest first."""
        query = select(runs).where(runs.c.id.not_in(select(removed.c.id)))
        query = query.order_by(runs.c.started_at.desc(), runs.c.id).limit(limit)
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
                batch = isal_zlib.decompress(packed).decode().split("\n")
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
            if not page.lines:
                # Retention has removed it meanwhile.
                return
            yield "\n".join(page.lines) + "\n"
            since = page.last_seq


def new_run(
    run_id: str, program: str, params: dict[str, Any], lesson: str | None, state: str, owner: str | None = None
) -> Run:
    """Return a run of which nothing is recorded yet; owner: who started it."""
    return Run(
        id=run_id,
        lesson=lesson,
        program=program,
        params=params,
        state=state,
        status=None,
        started_at=now(),
        ended_at=None,
        header=None,
        events=0,
        last_ts_ns=0,
        owner=owner,
    )


def ended_event(seq: int, ts_ns: int, status: str, text: str) -> codec.Event:
    """Return the run.ended of a run whose supervisor can no longer say it."""
    return {"seq": seq, "ts_ns": ts_ns, "kind": "run.ended", "by": "inferred", "status": status, "text": text}


def pack(lines: Sequence[str]) -> bytes:
    """Return lines joined and compressed (zlib): how batches are stored, and how large ones are sent."""
    return isal_zlib.compress(joined(lines).encode(), _COMPRESSION)


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
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            # SQLAlchemy does not know of it yet, and would leave it open.
            connection.close()
            raise

    return engine
