"""Which runs wait for a worker, and which worker leads which: the queue that several machines share.

It is kept where the runs are, and says of itself who is gone: what Redis forgets is never a run. Times are the
database's own, so that no machine's clock matters.
"""

import datetime
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Identity,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    false,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from concurrency_lab.store.postgres import PostgresStore
from concurrency_lab.store.problem import explained
from concurrency_lab.store.runs import Run, new_run
from concurrency_lab.store.schema import runs_table as runs

metadata = MetaData()

jobs_table = jobs = Table(
    "jobs",
    metadata,
    # in the order of asking
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("run_id", String, nullable=False, unique=True),
    Column("viewer", String, nullable=False),
    Column("address", String, nullable=False),
    # what is to be run, as JSON
    Column("program", Text, nullable=False),
    # null while it waits
    Column("worker", String, index=True),
    # somebody wants it to end
    Column("stop", Boolean, nullable=False, server_default=false()),
    # it is to end when nobody watches it, and when somebody was last seen to
    Column("needs_viewer", Boolean, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

workers_table = workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("places", Integer, nullable=False),
    Column("beat_at", DateTime(timezone=True), nullable=False),
)

# Whoever asks for a run or takes one does so alone: what it counts is then true. Each takes a millisecond or two.
_CHANGING = 7_205_003
_MAKING = 7_205_002


class Job(NamedTuple):
    """A run that a worker has taken."""

    run_id: str
    program: dict[str, Any]
    viewer: str
    address: str


class Busy(NamedTuple):
    """How much is going on and waiting, in all and of one viewer and one address."""

    going: int
    waiting: int
    places: int
    waiting_of_viewer: int
    waiting_of_address: int
    # the next run of this viewer could begin at once
    has_room: bool


def in_turn(waiting: Sequence[tuple[str, str]], going: Mapping[str, int]) -> list[str]:
    """Return the runs of (run, viewer) in the order in which they will be taken if nobody else comes.

    Next is whoever has the fewest runs going on and taken before; of those, who asked first.
    """
    turns = Counter(going)
    ordered = []
    for number, (run_id, viewer) in enumerate(waiting):
        ordered.append((turns[viewer], number, run_id))
        turns[viewer] += 1
    return [run_id for _, _, run_id in sorted(ordered)]


class Jobs:
    """The queue, and who works it off."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._engine = store.engine
        self._name = store.path
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
            metadata.create_all(connection)

    # -- a server's side -----------------------------------------------------------------------------------

    def ask(
        self, run_id: str, name: str, program: Mapping[str, Any], viewer: str, address: str, needs_viewer: bool
    ) -> Run:
        """Let a run wait for a worker: it and its place in the queue are recorded at once, or not at all."""
        run = new_run(run_id, name, dict(program["params"]), program["lesson"], "queued", viewer)
        row = {"run_id": run_id, "viewer": viewer, "address": address, "needs_viewer": needs_viewer}
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(runs.insert().values(run._asdict()))
            connection.execute(jobs.insert().values(**row, program=json.dumps(program)))
        return run

    def busy(self, viewer: str, address: str, most_per_viewer: int) -> Busy:
        """Return how much is going on."""
        with explained(self._name), self._engine.connect() as connection:
            rows = connection.execute(select(jobs.c.viewer, jobs.c.address, jobs.c.worker)).all()
            places = connection.execute(select(func.coalesce(func.sum(workers.c.places), 0))).scalar_one()
        waiting = [row for row in rows if row.worker is None]
        going = sum(row.viewer == viewer for row in rows if row.worker is not None)
        free = places - (len(rows) - len(waiting))
        return Busy(
            len(rows) - len(waiting),
            len(waiting),
            places,
            sum(row.viewer == viewer for row in waiting),
            sum(row.address == address for row in waiting),
            len(waiting) < free and going < most_per_viewer,
        )

    def counts(self) -> tuple[int, int, int]:
        """Return how many runs go on, how many wait, and how many places the workers have."""
        with explained(self._name), self._engine.connect() as connection:
            every, going = connection.execute(select(func.count(), func.count(jobs.c.worker)).select_from(jobs)).one()
            places = connection.execute(select(func.coalesce(func.sum(workers.c.places), 0))).scalar_one()
        return going, every - going, places

    def order(self) -> list[str]:
        """Return the runs that wait, the next one first."""
        with explained(self._name), self._engine.connect() as connection:
            return in_turn(*_looked(connection))

    def viewer(self, run_id: str) -> str | None:
        """Return who asked for a run; None: it has ended."""
        with explained(self._name), self._engine.connect() as connection:
            return connection.execute(select(jobs.c.viewer).where(jobs.c.run_id == run_id)).scalar()

    def stop(self, run_id: str) -> tuple[bool, str | None]:
        """Have a run end: return whether it is here at all, and which worker is to end it; None: it never began."""
        with explained(self._name), self._engine.begin() as connection:
            waiting = delete(jobs).where(jobs.c.run_id == run_id, jobs.c.worker.is_(None))
            if connection.execute(waiting).rowcount:
                return True, None
            led = update(jobs).where(jobs.c.run_id == run_id).values(stop=True).returning(jobs.c.worker)
            worker = connection.execute(led).scalar()
        return worker is not None, worker

    def seen(self, run_ids: Collection[str]) -> None:
        """Note that somebody watches these runs."""
        wanted = update(jobs).where(jobs.c.run_id.in_(run_ids), jobs.c.needs_viewer)
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(wanted.values(seen_at=func.now()))

    def forgotten(self, patience_s: float) -> list[str]:
        """Return the runs that wait, are to end when nobody watches, and are watched by nobody."""
        long_ago = func.now() - datetime.timedelta(seconds=patience_s)
        alone = select(jobs.c.run_id).where(jobs.c.worker.is_(None), jobs.c.needs_viewer, jobs.c.seen_at < long_ago)
        with explained(self._name), self._engine.connect() as connection:
            return list(connection.execute(alone).scalars())

    def bereft(self, expiry_s: float) -> list[str]:
        """Return the runs whose worker was not heard of for so long; forget such workers, and what has ended."""
        long_ago = func.now() - datetime.timedelta(seconds=expiry_s)
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.beat_at < long_ago))
            ended = select(runs.c.id).where(runs.c.id == jobs.c.run_id, runs.c.state == "ended")
            connection.execute(delete(jobs).where(ended.exists()))
            led = jobs.c.worker.is_not(None) & jobs.c.worker.not_in(select(workers.c.id))
            return list(connection.execute(select(jobs.c.run_id).where(led)).scalars())

    # -- a worker's side -----------------------------------------------------------------------------------

    def beat(self, worker: str, places: int) -> None:
        """Say that a worker is there."""
        row = insert(workers).values(id=worker, places=places, beat_at=func.now())
        again = row.on_conflict_do_update(index_elements=[workers.c.id], set_={"beat_at": func.now(), "places": places})
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(again)

    def leave(self, worker: str) -> None:
        """Say that a worker ends."""
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.id == worker))

    def take(self, worker: str, most_per_viewer: int) -> Job | None:
        """Return the run that is next, which is this worker's now; None: there is none that may begin."""
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_CHANGING)))
            waiting, going = _looked(connection)
            viewers = dict(waiting)
            may = (run_id for run_id in in_turn(waiting, going) if going[viewers[run_id]] < most_per_viewer)
            run_id = next(may, None)
            if run_id is None:
                return None
            # Not where somebody has stopped it just now.
            taken = update(jobs).where(jobs.c.run_id == run_id, jobs.c.worker.is_(None)).values(worker=worker)
            row = connection.execute(taken.returning(jobs.c.program, jobs.c.viewer, jobs.c.address)).one_or_none()
        return None if row is None else Job(run_id, json.loads(row.program), row.viewer, row.address)

    def led_by(self, worker: str, unwatched_s: float) -> list[tuple[str, bool]]:
        """Return a worker's runs, and of each whether it is to end."""
        long_ago = func.now() - datetime.timedelta(seconds=unwatched_s)
        alone = jobs.c.needs_viewer & (jobs.c.seen_at < long_ago)
        wanted = select(jobs.c.run_id, or_(jobs.c.stop, alone)).where(jobs.c.worker == worker)
        with explained(self._name), self._engine.connect() as connection:
            return [(run_id, bool(ends)) for run_id, ends in connection.execute(wanted)]

    def done(self, run_id: str) -> None:
        """Forget a run that has ended."""
        with explained(self._name), self._engine.begin() as connection:
            connection.execute(delete(jobs).where(jobs.c.run_id == run_id))


def _looked(connection: Connection) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Return the (run, viewer) that wait, in the order of asking, and how many runs of each viewer go on."""
    # One question: between two of them the queue may be another one.
    rows = connection.execute(select(jobs.c.run_id, jobs.c.viewer, jobs.c.worker).order_by(jobs.c.number)).all()
    waiting = [(row.run_id, row.viewer) for row in rows if row.worker is None]
    return waiting, Counter(row.viewer for row in rows if row.worker is not None)
