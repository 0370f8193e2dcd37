"""The shared store as a server uses it: whatever asks the database does so in a thread, and the loop goes on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from concurrency_lab.store import Library, Listed, Page, Run, Snippets, Store, Wanted
from concurrency_lab.store.postgres import PostgresStore
from concurrency_lab.store.snippets import Snippet
from concurrency_lab.trace import codec
from concurrency_lab.web.aio import Aio

# Of at most 2,000 events: some 300 kB each.
_PAGES = 32


class OffloadedStore(PostgresStore):
    """What a server asks of the store. The driver waits with poll(), which would stop every watcher."""

    def __init__(self, url: str, aio: Aio) -> None:
        super().__init__(url)
        self._aio = aio
        # Whole pages, in the order of reading: of a hundred watchers that come at once, all want the same.
        self._pages: dict[tuple[str, int, int], Page] = {}
        self.snippets = OffloadedSnippets(self._path, self._engine, aio)

    def check(self) -> None:
        """Write something that changes nothing."""
        self._aio.offload(super().check)

    def size_bytes(self) -> int:
        """Return how much room the whole database takes."""
        size: int = self._aio.offload(super().size_bytes)
        return size

    def get(self, run_id: str) -> Run:
        """Return a run; raise UnknownRun."""
        run: Run = self._aio.offload(super().get, run_id)
        return run

    def list(self, limit: int = 100, lesson: str | None = None) -> Sequence[Run]:
        """Return the newest runs, newest first."""
        found: Sequence[Run] = self._aio.offload(super().list, limit, lesson)
        return found

    def read(self, run_id: str, since: int, limit: int) -> Page:
        """Return at most `limit` events behind the one with seq `since`."""
        key = (run_id, since, limit)
        page: Page | None = self._pages.get(key)
        if page is None:
            page = self._aio.offload(super().read, run_id, since, limit)
            if len(page.lines) == limit:
                # Whatever comes behind it, it stays as it is.
                self._pages[key] = page
                while len(self._pages) > _PAGES:
                    del self._pages[next(iter(self._pages))]
        return page

    def keep(self, run_id: str, kept: bool) -> None:
        """Have retention leave a run alone, or no longer."""
        self._aio.offload(super().keep, run_id, kept)

    def set_header(self, run_id: str, header: codec.Header) -> None:
        """Record the header of a run's trace."""
        self._aio.offload(super().set_header, run_id, header)

    def append(self, run_id: str, first_seq: int, lines: Sequence[str], last_ts_ns: int) -> bytes:
        """Add events."""
        packed: bytes = self._aio.offload(super().append, run_id, first_seq, lines, last_ts_ns)
        return packed

    def end_run(self, run_id: str, status: str) -> None:
        """Record that a run has ended."""
        self._aio.offload(super().end_run, run_id, status)


class OffloadedSnippets(Snippets):
    """The same for shared programs."""

    def __init__(self, name: Any, engine: Engine, aio: Aio) -> None:
        super().__init__(name, engine)
        self._aio = aio

    def share(self, code: str) -> Snippet:
        """Keep a program."""
        snippet: Snippet = self._aio.offload(super().share, code)
        return snippet

    def get(self, snippet_id: str) -> Snippet:
        """Return a shared program; raise UnknownSnippet."""
        snippet: Snippet = self._aio.offload(super().get, snippet_id)
        return snippet


class OffloadedLibrary(Library):
    """The same for the list of runs; `read` is called in a thread by whoever calls it."""

    def __init__(self, store: Store, aio: Aio) -> None:
        super().__init__(store)
        self._aio = aio

    def find(self, wanted: Wanted) -> Listed:
        """Return the runs of one page of the list."""
        found: Listed = self._aio.offload(super().find, wanted)
        return found

    def kept(self, owner: str | None = None) -> int:
        """Return how many runs a viewer keeps; None: everybody."""
        count: int = self._aio.offload(super().kept, owner)
        return count

    def rename(self, run_id: str, name: str | None) -> None:
        """Give a run a name of one's own; None: none."""
        self._aio.offload(super().rename, run_id, name)

    def remove(self, run_id: str) -> None:
        """Remove a run that has ended."""
        self._aio.offload(super().remove, run_id)

    def unread(self, limit: int) -> Sequence[str]:
        """Return the ids of some runs that have ended and were not read yet."""
        found: Sequence[str] = self._aio.offload(super().unread, limit)
        return found

    def give_up(self, run_id: str) -> None:
        """Note that nothing is known of a run."""
        self._aio.offload(super().give_up, run_id)
