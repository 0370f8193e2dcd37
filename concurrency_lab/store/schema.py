"""The tables, and the version that says which program may read them."""

from sqlalchemy import JSON, Column, Engine, ForeignKey, Integer, LargeBinary, MetaData, String, Table, select

from concurrency_lab.store.problem import StoreError

VERSION = 1

metadata = MetaData()

version_table = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

runs_table = Table(
    "runs",
    metadata,
    Column("id", String, primary_key=True),
    Column("lesson", String, index=True),
    Column("program", String, nullable=False),
    Column("params", JSON, nullable=False),
    # running or ended; status says how it ended, in the words of run.ended
    Column("state", String, nullable=False, index=True),
    Column("status", String),
    Column("started_at", String, nullable=False, index=True),
    Column("ended_at", String),
    # null until the supervisor has said it
    Column("header", JSON(none_as_null=True)),
    Column("events", Integer, nullable=False),
    # of the newest event: an event that is added later must not run backwards in time
    Column("last_ts_ns", Integer, nullable=False),
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


def prepare(engine: Engine) -> None:
    """Make the tables where there are none; refuse a database of a newer program."""
    with engine.begin() as connection:
        metadata.create_all(connection)
        found = connection.execute(select(version_table.c.version)).scalar()
        if found is None:
            connection.execute(version_table.insert().values(version=VERSION))
        elif found > VERSION:
            raise StoreError(
                f"{engine.url.database} was written by a newer Concurrency Lab (its version is {found}, "
                f"this program reads {VERSION}): use the newer one, or another folder with --data."
            )
