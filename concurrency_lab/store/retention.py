"""Which recorded runs are removed when there are too many, too old or too large ones; runs that are kept never are.

Removing goes on beside recording, in another thread: SQLite lets one write at a time, so each step is short.
"""

import dataclasses
import datetime
import time
from collections.abc import Callable, Collection, Iterator

from sqlalchemy import Connection, delete, func, select, text, tuple_, update

from concurrency_lab.store.problem import explained
from concurrency_lab.store.runs import Store
from concurrency_lab.store.schema import batches_table as batches
from concurrency_lab.store.schema import insert_into, version_table
from concurrency_lab.store.schema import removed_table as removed
from concurrency_lab.store.schema import runs_table as runs

# Rows of events in one step: recording waits for one step, never for all of them.
_STEP_BATCHES = 16
_STEP_PAGES = 256
_PAUSE_S = 0.01
# Runs in one go; if there are more, the next one takes them.
_AT_ONCE = 500
# So many removed runs are remembered by name.
_REMEMBERED = 10_000
_DAY = datetime.timedelta(days=1)
# The runs that may be removed and are not yet.
_IN_QUESTION = (~runs.c.kept, runs.c.state == "ended", runs.c.id.not_in(select(removed.c.id)))


@dataclasses.dataclass(frozen=True)
class Keep:
    """How many of the runs that nobody marked as kept there may be; None: any number."""

    runs: int | None = None
    days: float | None = None
    megabytes: float | None = None


class Clock:
    """The time of day as it goes on from the start of the server: setting the system's clock does not age a run."""

    def __init__(self) -> None:
        self._start = datetime.datetime.now(datetime.UTC)
        self._start_s = time.monotonic()

    def __call__(self) -> datetime.datetime:
        """Return the time in UTC."""
        return self._start + datetime.timedelta(seconds=time.monotonic() - self._start_s)


class Retention:
    """Removes the oldest runs of a store, as far as `keep` asks for it."""

    def __init__(
        self,
        store: Store,
        keep: Keep,
        clock: Callable[[], datetime.datetime] | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._store = store
        self._keep = keep
        self._clock = clock or Clock()
        self._pause = pause

    def apply(self, in_use: Collection[str] = ()) -> list[str]:
        """Remove what is too much, but no run that is in use; return what was removed now."""
        with explained(self._store.path):
            # First the names, at once: from here on nobody is shown half a run, even if the server dies meanwhile.
            names = self._mark(self._too_many(in_use))
            for run_id in self._marked():
                self._remove(run_id)
                self._shrink()
        return names

    def _too_many(self, in_use: Collection[str]) -> list[str]:
        """Return the ids of the runs to remove, oldest first."""
        found = dict.fromkeys([*self._over_count_and_bytes(), *self._over_age()])
        return [run_id for run_id in found if run_id not in in_use][:_AT_ONCE]

    def _over_count_and_bytes(self) -> Iterator[str]:
        room = self._keep.megabytes
        count_left = self._keep.runs
        bytes_left = None if room is None else int(room * 1e6)
        if count_left is None and bytes_left is None:
            return
        with self._store.engine.connect() as connection:
            whole = select(func.count(), func.coalesce(func.sum(runs.c.bytes), 0)).where(*_IN_QUESTION)
            total, size = connection.execute(whole).one()
            oldest = select(runs.c.id, runs.c.bytes).where(*_IN_QUESTION).order_by(runs.c.started_at, runs.c.id)
            for run_id, run_bytes in connection.execute(oldest):
                fits = (count_left is None or total <= count_left) and (bytes_left is None or size <= bytes_left)
                if fits:
                    return
                yield run_id
                total, size = total - 1, size - run_bytes

    def _over_age(self) -> Iterator[str]:
        if self._keep.days is None:
            return
        limit = (self._clock() - self._keep.days * _DAY).isoformat(timespec="milliseconds")
        with self._store.engine.connect() as connection:
            old = select(runs.c.id).where(*_IN_QUESTION, runs.c.started_at < limit).order_by(runs.c.started_at)
            yield from connection.execute(old).scalars()

    def _mark(self, names: list[str]) -> list[str]:
        """Note that these are removed; return which, for one may have been marked as kept just now."""
        if not names:
            return []
        removed_at = self._clock().isoformat(timespec="seconds")
        newest = select(removed.c.id).order_by(removed.c.removed_at.desc(), removed.c.id).limit(_REMEMBERED)
        with self._store.engine.begin() as connection:
            still = select(runs.c.id).where(*_IN_QUESTION, runs.c.id.in_(names))
            # Written first, so that nobody marks a run as kept between the question and the answer.
            connection.execute(update(version_table).values(version=version_table.c.version))
            names = list(connection.execute(still).scalars())
            if names:
                # Its owner may have deleted one just now.
                mark = insert_into(self._store.engine, removed).on_conflict_do_nothing()
                connection.execute(mark, [{"id": run_id, "removed_at": removed_at} for run_id in names])
            rest = removed.c.id.not_in(newest) & removed.c.id.not_in(select(runs.c.id))
            connection.execute(delete(removed).where(rest))
        return names

    def _marked(self) -> list[str]:
        with self._store.engine.connect() as connection:
            left = select(runs.c.id).where(runs.c.id.in_(select(removed.c.id)))
            return list(connection.execute(left).scalars())

    def _remove(self, run_id: str) -> None:
        while self._step(lambda connection: _remove_some(connection, run_id)):
            self._pause(_PAUSE_S)

    def _step(self, work: Callable[[Connection], int]) -> int:
        with self._store.engine.begin() as connection:
            return work(connection)

    def _shrink(self) -> None:
        """Give the space back to the file system, a little at a time; PostgreSQL does so by itself."""
        if self._store.engine.dialect.name != "sqlite":
            return
        while self._step(_free_some):
            self._pause(_PAUSE_S)


def _remove_some(connection: Connection, run_id: str) -> int:
    """Remove some of a run's events, or at last the run; return whether there was more to do."""
    # The last ones first: whoever is reading it just now gets its beginning, and no gap.
    newest = select(batches.c.run_id, batches.c.first_seq).order_by(batches.c.first_seq.desc())
    some = newest.where(batches.c.run_id == run_id).limit(_STEP_BATCHES)
    gone = connection.execute(delete(batches).where(tuple_(batches.c.run_id, batches.c.first_seq).in_(some))).rowcount
    if not gone:
        connection.execute(delete(runs).where(runs.c.id == run_id))
    return gone


def _free_some(connection: Connection) -> int:
    """Free some pages; return how many are left to be freed."""
    # Each row of the answer is a page freed. It has no columns, so SQLAlchemy would not fetch it.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({_STEP_PAGES})")
    cursor.fetchall()
    cursor.close()
    return int(connection.execute(text("PRAGMA freelist_count")).scalar() or 0)
