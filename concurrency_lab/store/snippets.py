"""Programs that somebody shared: an id that cannot be guessed leads to the code, so that no link carries it."""

import hashlib
import secrets
import string
import zlib
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, select

from concurrency_lab.store.problem import explained
from concurrency_lab.store.schema import insert_into
from concurrency_lab.store.schema import snippets_table as snippets
from concurrency_lab.store.times import now

# 14 of 62 characters, as a run's: 83 bits.
_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 14
# Of packed code: some 100,000 usual programs, or 1,000 of the largest that cannot be packed.
_MOST_BYTES = 64 << 20


class UnknownSnippet(KeyError):
    """No snippet has this id."""


class Snippet(NamedTuple):
    """A program that was shared."""

    id: str
    code: str
    shared_at: str


class Snippets:
    """All shared programs. When they fill their space, those that nobody shared again for longest make room."""

    def __init__(self, path: Path | str, engine: Engine, most_bytes: int = _MOST_BYTES) -> None:
        self._path = path
        self._engine = engine
        self._most_bytes = most_bytes

    def share(self, code: str) -> Snippet:
        """Keep a program; the same program again has the same id."""
        text = code.encode()
        digest = hashlib.sha256(text).hexdigest()
        packed = zlib.compress(text)
        snippet = Snippet(_new_id(), code, now())
        row = {"id": snippet.id, "digest": digest, "code": packed, "bytes": len(packed), "shared_at": snippet.shared_at}
        # In one statement: somebody else may share the same program at this moment.
        insert = insert_into(self._engine, snippets).values(row)
        again = insert.on_conflict_do_update(index_elements=[snippets.c.digest], set_={"shared_at": snippet.shared_at})
        with explained(self._path), self._engine.begin() as connection:
            connection.execute(again)
            known: str = connection.execute(select(snippets.c.id).where(snippets.c.digest == digest)).scalar_one()
            if known == snippet.id:
                self._make_room(connection)
        return snippet._replace(id=known)

    def get(self, snippet_id: str) -> Snippet:
        """Return a shared program; raise UnknownSnippet."""
        with explained(self._path), self._engine.connect() as connection:
            row = connection.execute(select(snippets).where(snippets.c.id == snippet_id)).one_or_none()
        if row is None:
            raise UnknownSnippet(snippet_id)
        return Snippet(row.id, zlib.decompress(row.code).decode(), row.shared_at)

    def _make_room(self, connection: Connection) -> None:
        too_many = (connection.execute(select(func.sum(snippets.c.bytes))).scalar() or 0) - self._most_bytes
        if too_many <= 0:
            return
        oldest_first = select(snippets.c.id, snippets.c.bytes).order_by(snippets.c.shared_at)
        gone = []
        for snippet_id, size in connection.execute(oldest_first):
            gone.append(snippet_id)
            too_many -= size
            if too_many <= 0:
                break
        # The one that was shared just now is the newest, and fits.
        connection.execute(snippets.delete().where(snippets.c.id.in_(gone)))


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
