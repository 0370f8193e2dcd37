"""Recorded runs as somebody's library: a list that can be searched, names, marks, and what was found in each run.

What was found is read from a trace once, when the run has ended: a list of a thousand runs touches no event.
"""

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, true, update

from concurrency_lab.store.problem import explained
from concurrency_lab.store.runs import Run, Store
from concurrency_lab.store.schema import insert_into
from concurrency_lab.store.schema import removed_table as removed
from concurrency_lab.store.schema import runs_table as runs
from concurrency_lab.trace import codec
from concurrency_lab.trace.findings import Finder, Finding

_PAGE_EVENTS = 2000
# A row of the list shows no more; the run's own page shows all.
_MOST_FINDINGS = 12
_LONGEST_TEXT = 300
# All that a list shows: a header holds whole programs.
_SHOWN = [column for column in runs.c if column.name not in ("header", "params")]
_TOLD = ('"finding.made"', '"run.limited"')


class Word(NamedTuple):
    """Something that was typed: a part of a name, and all that is called so in one of the page's languages."""

    text: str
    lessons: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    # words of `state`, or of `status` where it has ended
    ends: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """Which runs to list; `owner` None: everybody's."""

    owner: str | None
    words: Sequence[Word] = ()
    # a slug; "": those of no lesson; None: any
    lesson: str | None = None
    kept: bool = False
    offset: int = 0
    limit: int = 50


class Listed(NamedTuple):
    """Some runs, newest first, without header and parameters; `found` of `total` are what was wanted."""

    runs: list[Run]
    found: int
    total: int
    # lesson ("": none) -> how many of all runs are of it
    lessons: dict[str, int]


class Library:
    """What is listed, named, kept and removed by those whose runs they are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, wanted: Wanted) -> Listed:
        """Return the runs of one page of the list."""
        theirs = _of(wanted.owner)
        fitting = [theirs, *_filters(wanted)]
        page = select(*_SHOWN).where(*fitting).order_by(runs.c.started_at.desc(), runs.c.id)
        lessons = select(func.coalesce(runs.c.lesson, ""), func.count()).where(theirs).group_by(runs.c.lesson)
        with explained(self._store.path), self._store.engine.connect() as connection:
            rows = connection.execute(page.offset(wanted.offset).limit(wanted.limit)).all()
            by_lesson: dict[str, int] = {row[0]: row[1] for row in connection.execute(lessons)}
            total = sum(by_lesson.values())
            is_all = len(fitting) == 1
            found = total if is_all else connection.execute(select(func.count()).where(*fitting)).scalar() or 0
        listed = [Run(**row._mapping, header=None, params={}) for row in rows]
        return Listed(listed, found, total, by_lesson)

    def kept(self, owner: str | None = None) -> int:
        """Return how many runs a viewer keeps; None: everybody."""
        count = select(func.count()).where(_of(owner), runs.c.kept)
        with explained(self._store.path), self._store.engine.connect() as connection:
            return connection.execute(count).scalar() or 0

    def file_of(self, run_id: str) -> str | None:
        """Return the name of the file that a run is shown from; None: it is recorded here."""
        return None

    def rename(self, run_id: str, name: str | None) -> None:
        """Give a run a name of one's own; None: none."""
        with explained(self._store.path), self._store.engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(name=name))

    def remove(self, run_id: str) -> None:
        """Remove a run that has ended: from here on it is not found; retention clears it away piece by piece."""
        gone = insert_into(self._store.engine, removed).on_conflict_do_nothing()
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        with explained(self._store.path), self._store.engine.begin() as connection:
            connection.execute(gone.values(id=run_id, removed_at=at))

    # -- what was found in a run ---------------------------------------------------------------------

    def unread(self, limit: int) -> Sequence[str]:
        """Return the ids of some runs that have ended and were not read yet."""
        query = select(runs.c.id).where(runs.c.state == "ended", runs.c.codes.is_(None)).limit(limit)
        with explained(self._store.path), self._store.engine.connect() as connection:
            return connection.execute(query).scalars().all()

    def read(self, run_id: str) -> None:
        """Read a run's trace, and note what it came to."""
        run = self._store.get(run_id)
        summary = _summary(run, self._pages(run))
        codes = dict.fromkeys(finding["code"] for finding in summary["findings"])
        self._note(run_id, summary, f" {' '.join(codes)} " if codes else "")

    def give_up(self, run_id: str) -> None:
        """Note that nothing is known of a run, so that it is not tried again and again."""
        self._note(run_id, {"findings": []}, "")

    def _note(self, run_id: str, summary: dict[str, Any], codes: str) -> None:
        with explained(self._store.path), self._store.engine.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(summary=summary, codes=codes))

    def _pages(self, run: Run) -> Iterator[list[str]]:
        since = -1
        while lines := self._store.read(run.id, since, _PAGE_EVENTS).lines:
            yield lines
            since += len(lines)


def _of(owner: str | None) -> ColumnElement[bool]:
    theirs = true() if owner is None else runs.c.owner == owner
    return theirs & runs.c.id.not_in(select(removed.c.id))


def _filters(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.kept:
        yield runs.c.kept
    if wanted.lesson is not None:
        yield runs.c.lesson == wanted.lesson if wanted.lesson else runs.c.lesson.is_(None)
    for word in wanted.words:
        yield or_(
            *(column.icontains(word.text, autoescape=True) for column in (runs.c.name, runs.c.program)),
            runs.c.id == word.text,
            runs.c.lesson.in_(word.lessons),
            *(runs.c.codes.contains(f" {code} ", autoescape=True) for code in word.codes),
            runs.c.status.in_(word.ends) | ((runs.c.state != "ended") & runs.c.state.in_(word.ends)),
        )


def _summary(run: Run, pages: Iterator[list[str]]) -> dict[str, Any]:
    """Return how a run ended, and what its trace tells, or else proves."""
    header = run.header or {}
    summary: dict[str, Any] = {}
    finder = Finder(watched=bool(header.get("watched")))
    checker = None if header.get("watched") else codec.Checker()
    is_whole = True
    last: list[str] = []
    for lines in pages:
        told = [json.loads(line) for line in lines if any(kind in line for kind in _TOLD)]
        for event in told:
            if event["kind"] == "run.limited":
                summary["limited"] = {"limit": event["limit"], "value": event["value"]}
        if checker is None:
            finder.take_all(told)
        elif is_whole:
            is_whole = _take_checked(finder, checker, lines)
        last = lines[-1:]
    ended = json.loads(last[0]) if last else {}
    summary["end"] = {name: ended[name] for name in ("exit_code", "signal", "dropped") if name in ended}
    if "text" in ended:
        summary["end"]["text"] = ended["text"][:_LONGEST_TEXT]
    if "case" in header:
        summary["case"] = header["case"]
    found = finder.found()
    summary["findings"] = [_finding(finding) for finding in found[:_MOST_FINDINGS]]
    return summary


def _take_checked(finder: Finder, checker: codec.Checker, lines: list[str]) -> bool:
    """Have a finder take events that no supervisor has watched; False: they prove nothing any more."""
    try:
        finder.take_all(checker.check(lines))
    except codec.TraceError:
        return False
    return True


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": finding.code, "text": finding.text, "args": finding.args}
