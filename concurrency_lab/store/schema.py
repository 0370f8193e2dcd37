"""The tables, the version that says which program may read them, and the steps from one version to the next."""

import contextlib

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError

from concurrency_lab.store.problem import StoreError

VERSION = 3
# PostgreSQL's name of the lock that whoever makes the tables holds; a number that nobody else is likely to use.
_PREPARING = 7_205_001

# version -> what makes a database of it from one of the version before. Text, not today's tables: a step
# means for ever what it meant when it was written. New tables and indexes come by themselves.
STEPS: dict[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE runs ADD COLUMN kept BOOLEAN DEFAULT 0 NOT NULL",
        "ALTER TABLE runs ADD COLUMN bytes INTEGER DEFAULT 0 NOT NULL",
        "UPDATE runs SET bytes = (SELECT COALESCE(SUM(LENGTH(ndjson)), 0) FROM batches WHERE run_id = runs.id)",
    ),
    3: (
        "ALTER TABLE runs ADD COLUMN owner VARCHAR",
        "ALTER TABLE runs ADD COLUMN name VARCHAR",
        "ALTER TABLE runs ADD COLUMN summary JSON",
        "ALTER TABLE runs ADD COLUMN codes VARCHAR",
    ),
}

metadata = MetaData()

version_table = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

# SQLite has but one kind of whole number, and what it is called there must not differ from older files.
LONG = BigInteger().with_variant(Integer, "sqlite")

runs_table = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("lesson", String, index=True),
    Column("program", String, nullable=False),
    Column("params", JSON, nullable=False),
    # queued, running or ended; status says how it ended, in the words of run.ended
    Column("state", String, nullable=False, index=True),
    Column("status", String),
    Column("started_at", String, nullable=False, index=True),
    Column("ended_at", String),
    # null until the supervisor has said it
    Column("header", JSON(none_as_null=True)),
    Column("events", Integer, nullable=False),
    # of the newest event: an event that is added later must not run backwards in time
    Column("last_ts_ns", LONG, nullable=False),
    # somebody wants it kept: retention leaves it alone
    Column("kept", Boolean, nullable=False, server_default=false()),
    # what its events take, packed
    Column("bytes", LONG, nullable=False, server_default=text("0")),
    # the viewer who started it, and what they call it
    Column("owner", String),
    Column("name", String),
    # what store/library.py made of its trace; null until it has ended and been read
    Column("summary", JSON(none_as_null=True)),
    # the codes of its findings, between spaces: " deadlock orphan "
    Column("codes", String),
)

# What retention asks, answered without touching the rows, whose headers hold whole programs. A run that is
# going on is not in it, so that an append does not change it.
Index(
    "runs_to_keep",
    runs_table.c.kept,
    runs_table.c.started_at,
    runs_table.c.id,
    runs_table.c.bytes,
    sqlite_where=runs_table.c.state == "ended",
    postgresql_where=runs_table.c.state == "ended",
)

# A viewer's runs, the newest first.
Index("runs_of_owner", runs_table.c.owner, runs_table.c.started_at)

# Those whose findings are not known yet, asked for twice a second: mostly none.
Index("runs_unread", runs_table.c.codes, runs_table.c.state)

# The runs that have been removed, by retention or by their owner, so that whoever has a link is told.
removed_table = Table(
    "removed",
    metadata,
    Column("id", String, primary_key=True),
    Column("removed_at", String, nullable=False),
)

# One row for each batch that was sent: a row an event would cost 10 times the space and time.
batches_table = Table(
    "batches",
    metadata,
    Column("run_id", String, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("first_seq", Integer, primary_key=True),
    Column("last_seq", Integer, nullable=False),
    Column("ndjson", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


# What a share link of the playground leads to.
snippets_table = Table(
    "snippets",
    metadata,
    Column("id", String, primary_key=True),
    # of the code: the same code shared twice is one row and one link
    Column("digest", String, nullable=False, unique=True),
    Column("code", LargeBinary, nullable=False),
    # of `code`, as it lies here
    Column("bytes", Integer, nullable=False),
    Column("shared_at", String, nullable=False, index=True),
)


def insert_into(engine: Engine, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an INSERT that can say what is to happen where the row is there already (on_conflict_...)."""
    return sqlite.insert(table) if engine.dialect.name == "sqlite" else postgresql.insert(table)


def prepare(engine: Engine) -> None:
    """Make the tables where there are none, bring older ones up to date; refuse those of a newer program."""
    with engine.begin() as connection:
        # One at a time: several servers may start at once.
        if engine.dialect.name == "sqlite":
            # The driver would begin at the first INSERT only, and a step that fails would leave half of it done.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_PREPARING})"))
        found = _version(connection)
        if found > VERSION:
            raise StoreError(
                f"{engine.url.database} was written by a newer Concurrency Lab (its version is {found}, "
                f"this program reads {VERSION}): use the newer one, or another folder with --data."
            )
        for version in range(found + 1, VERSION + 1) if found else ():
            for statement in STEPS[version]:
                connection.execute(text(statement))
        metadata.create_all(connection)
        for index in runs_table.indexes:
            index.create(connection, checkfirst=True)
        if not found:
            connection.execute(version_table.insert().values(version=VERSION))
        elif found < VERSION:
            connection.execute(update(version_table).values(version=VERSION))
    if engine.dialect.name == "sqlite":
        _let_it_shrink(engine)


def _version(connection: Connection) -> int:
    """Return the version of a database; 0: it is new."""
    if not inspect(connection).has_table(version_table.name):
        return 0
    return connection.execute(select(version_table.c.version)).scalar() or 0


def _let_it_shrink(engine: Engine) -> None:
    """Have a file from before version 2 rewritten once, so that retention can give its space back piece by piece."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.execute(text("PRAGMA auto_vacuum")).scalar() == 0:
            # It needs as much room once more for a moment. Without, the file stays as large as it is, and is reused.
            with contextlib.suppress(DatabaseError):
                connection.execute(text("PRAGMA auto_vacuum = INCREMENTAL"))
                connection.execute(text("VACUUM"))
