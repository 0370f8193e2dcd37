"""A trace file as one run more of a store and of its library. Nothing of it is copied but what a list shows."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import update

from concurrency_lab.store.library import Library, Listed, Wanted
from concurrency_lab.store.problem import explained
from concurrency_lab.store.runs import Page, Run, Store
from concurrency_lab.store.schema import runs_table as runs
from concurrency_lab.store.trace_file import TraceFile


class StoreWithFile(Store):
    """A store that has one run more: that of a trace file, whose events stay where they are."""

    def __init__(self, path: Path, file: TraceFile) -> None:
        super().__init__(path)
        self.file = file
        try:
            with explained(path), self.engine.begin() as connection:
                connection.execute(runs.insert().values(_row(file.run)))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close both files."""
        super().close()
        self.file.close()

    def get(self, run_id: str) -> Run:
        """Return a run; raise UnknownRun."""
        return self.file.run if run_id == self.file.run.id else super().get(run_id)

    def read(self, run_id: str, since: int, limit: int) -> Page:
        """Return at most `limit` events behind the one with seq `since` (-1: from the first)."""
        is_file = run_id == self.file.run.id
        return self.file.read(since, limit) if is_file else super().read(run_id, since, limit)

    def trace_text(self, run_id: str, page_events: int = 2000) -> Iterator[str]:
        """Yield the text of a run's trace, many lines at a time."""
        return self.file.text() if run_id == self.file.run.id else super().trace_text(run_id, page_events)


class LibraryWithFile(Library):
    """Lists the file's run among the others. How it ended and what was found is known once it was read to its end."""

    def __init__(self, store: StoreWithFile) -> None:
        super().__init__(store)
        self._file = store.file
        self._is_wanted = False

    def find(self, wanted: Wanted) -> Listed:
        """Return the runs of one page of the list."""
        self._is_wanted = True
        return super().find(wanted)

    def file_of(self, run_id: str) -> str | None:
        """Return the name of the file that a run is shown from."""
        return self._file.run.name if run_id == self._file.run.id else None

    def unread(self, limit: int) -> Sequence[str]:
        """Return the ids of some runs that have ended and were not read yet.

        The file's only from when somebody looks at the list: reading a million events takes seconds, in which
        whoever opens the run itself would wait.
        """
        found = super().unread(limit)
        return found if self._is_wanted else [run_id for run_id in found if run_id != self._file.run.id]

    def _note(self, run_id: str, summary: dict[str, Any], codes: str) -> None:
        if run_id == self._file.run.id:
            run = self._file.run
            values = {"status": run.status or "interrupted", "events": run.events, "last_ts_ns": run.last_ts_ns}
            with explained(self._store.path), self._store.engine.begin() as connection:
                connection.execute(update(runs).where(runs.c.id == run_id).values(values))
        super()._note(run_id, summary, codes)


def _row(run: Run) -> dict[str, Any]:
    """Return what a list shows of a file's run. It is marked as kept: no retention removes what is not the lab's."""
    # A file may hold half a character, escaped; no database takes one.
    shown = json.dumps(run._replace(header=None, kept=True)._asdict(), ensure_ascii=False)
    row: dict[str, Any] = json.loads(shown.encode("utf-8", "replace"))
    return row
