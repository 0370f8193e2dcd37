"""The same store in PostgreSQL, for several machines: who writes again what it does not know to be written."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Engine, LargeBinary, MetaData, String, Table, create_engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError

from concurrency_lab.store.problem import StoreAway, StoreError, explained
from concurrency_lab.store.runs import Store, pack
from concurrency_lab.store.schema import batches_table as batches
from concurrency_lab.trace import codec

_SECRET_BYTES = 32
_CONNECTIONS = 20
# Nobody waits longer for an answer: a database that takes that long is as good as gone.
_CONNECT_S = 3
_ANSWER_MS = 10_000
_AGAIN_S = 0.2

Result = TypeVar("Result")

shared_metadata = MetaData()
# What all servers must have in common, by name: the key that signs tokens, for one.
shared_table = Table(
    "shared",
    shared_metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)


class PostgresStore(Store):
    """All recorded runs of all machines. With `patience_s`, what leads a run is tried again for so long."""

    def __init__(self, url: str, patience_s: float = 0.0) -> None:
        found = parsed(url)
        self._patience_s = patience_s
        self._open(f"The database {found.database} at {found.host or 'this machine'}", _engine(found))
        try:
            with explained(self._path), self._engine.begin() as connection:
                # The lock of schema.prepare is released: the table may be made by another server just now.
                connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
                shared_metadata.create_all(connection)
        except BaseException:
            self.close()
            raise

    def secret(self) -> bytes:
        """Return the key that signs tokens: whoever is first makes it."""
        row = insert(shared_table).values(name="secret", value=secrets.token_bytes(_SECRET_BYTES))
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(row.on_conflict_do_nothing())
            found = connection.execute(select(shared_table.c.value).where(shared_table.c.name == "secret"))
            return bytes(found.scalar_one())

    def size_bytes(self) -> int:
        """Return how much room the whole database takes."""
        with explained(self._path), self._engine.connect() as connection:
            return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())

    def mark_interrupted(self) -> list[str]:
        """Nothing: another machine may lead what goes on. See cluster/jobs.py for those that nobody leads."""
        return []

    def unended(self) -> Sequence[str]:
        """Nothing, for the same reason."""
        return []

    # -- what leads a run is not to end for a database that is started again ------------------------------

    def set_header(self, run_id: str, header: codec.Header) -> None:
        """Record the header of a run's trace."""
        self._patiently(lambda: super(PostgresStore, self).set_header(run_id, header))

    def append(self, run_id: str, first_seq: int, lines: Sequence[str], last_ts_ns: int) -> bytes:
        """Add events, unless they are there already: an answer may have been lost, and what it was about not."""

        def once() -> bytes:
            try:
                return super(PostgresStore, self).append(run_id, first_seq, lines, last_ts_ns)
            except StoreError as error:
                if not isinstance(getattr(error, "__cause__", None), IntegrityError):
                    raise
                packed = pack(lines)
                if self._batch(run_id, first_seq) != packed:
                    raise StoreError("Another machine has ended this run: it heard nothing of this one.") from error
                return packed

        return self._patiently(once)

    def end_run(self, run_id: str, status: str) -> None:
        """Record that a run has ended."""
        self._patiently(lambda: super(PostgresStore, self).end_run(run_id, status))

    def _batch(self, run_id: str, first_seq: int) -> bytes | None:
        wanted = select(batches.c.ndjson).where(batches.c.run_id == run_id, batches.c.first_seq == first_seq)
        with explained(self._path), self._engine.connect() as connection:
            return connection.execute(wanted).scalar()

    def _patiently(self, work: Callable[[], Result]) -> Result:
        until_s = time.monotonic() + self._patience_s
        while True:
            try:
                return work()
            except StoreAway:
                if time.monotonic() > until_s:
                    raise
                time.sleep(_AGAIN_S)


# The name of the lock that whoever makes tables besides those of the runs holds.
_MAKING = 7_205_002


def parsed(url: str) -> URL:
    """Return a database's address as SQLAlchemy reads it; raise StoreError where it is none of PostgreSQL."""
    try:
        found = make_url(url)
    except ArgumentError:
        found = None
    if found is None or found.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreError("The database must be named as postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    return found.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_S,
        "tcp_user_timeout": _ANSWER_MS,
        "options": f"-c statement_timeout={_ANSWER_MS}",
        "application_name": "concurrency-lab",
    }
    # A connection that has lain here while the database was started again is found out before it is used.
    return create_engine(url, pool_size=_CONNECTIONS, max_overflow=0, pool_pre_ping=True, connect_args=options)
