"""Starts and stops runs: has them wait for a place, writes the program, asks the warden to run it.

A feed follows each from its start, or from the queue, to its end.
"""

import contextlib
import dataclasses
import logging
import secrets
import shutil
import socket
import string
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from concurrency_lab.store import Run, Store, StoreError, explained
from concurrency_lab.supervisor.client import WardenError
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.feed import Feed, Followed, Listener
from concurrency_lab.web.quotas import QuotaPassed
from concurrency_lab.web.run_queue import RunQueue
from concurrency_lab.web.tokens import Viewer

# 14 of 62 characters: 83 bits, not to be guessed. Letters and digits only, so that an id can stand anywhere.
_ID_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 14
# Who waits is told at most so often that the place has changed.
_TELL_S = 0.1
_RETRY_S = 5.0
STOPPED = "It was stopped while it was waiting for a free place: it never began."
_SERVER_ENDS = "The server ended while this run was waiting for a free place: it never began. Run it again."

_log = logging.getLogger("concurrency_lab")


class Warden(Protocol):
    """Whoever starts supervisors: supervisor.client.Warden, or a test's stand-in."""

    @property
    def alive(self) -> bool:
        """Whether it can start a run."""

    def run(self, spec: RunSpec) -> socket.socket:
        """Start a run; its trace comes through the socket."""


class Runs(Protocol):
    """The runs that wait or go on, here (Runner) or on other machines (cluster.RemoteRunner)."""

    @property
    def running(self) -> int:
        """How many runs are going on."""

    @property
    def waiting(self) -> int:
        """How many runs wait for a place."""

    def problems(self) -> list[str]:
        """Return a sentence for each thing that keeps runs from beginning."""

    def feed(self, run_id: str) -> Followed | None:
        """Return the feed of a run; None: it has ended, or nobody follows it."""

    def follow(self, run: Run) -> Followed | None:
        """Return the feed of a run, and follow it if nobody did; None: it has ended."""

    def feeds(self) -> Sequence[Followed]:
        """Return the feeds of the runs that wait or go on."""

    def may_stop(self, run_id: str, viewer: Viewer | None) -> bool:
        """Say whether somebody may stop a run."""

    def check_room(self, owner: str, address: str) -> None:
        """Raise QuotaPassed where a viewer's next run could not even wait."""

    def start(self, program: "Program", owner: str = "", address: str = "") -> Run:
        """Start a run, or have it wait for a place."""

    def stop(self, run_id: str) -> bool:
        """Ask a run to end; False: it has ended already."""

    def stop_all(self, timeout_s: float) -> None:
        """The server ends."""


class ServerEnding(Exception):
    """No run begins any more."""


def new_id() -> str:
    """Return an id for a run."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))


@dataclasses.dataclass(frozen=True)
class Program:
    """What is to be run: the text of a program, with what the trace's header says of it."""

    text: str
    lesson: str | None
    params: Mapping[str, Any]
    # which of the lesson's variants and tries it is
    case: str | None = None
    # at most so long; None: as long as the server lets any run go on
    wall_s: float | None = None
    races: bool = False
    step: bool = False
    # run it where it can reach nothing of this machine: it is a stranger's
    jail: bool = False
    # what its file is called
    name: str = "program.py"
    # ends when nobody watches it any more; None: where it is of no lesson
    needs_viewer: bool | None = None


@dataclasses.dataclass(frozen=True)
class Caps:
    """How much may be run: see DEFAULTS in web/__init__.py."""

    runs: int
    runs_per_viewer: int
    waiting_per_viewer: int
    # None: as many as there are
    waiting_per_address: int | None
    queue: int
    limits: Limits
    # of programs that are of no lesson
    playground_limits: Limits
    trace_bytes: int | None


@dataclasses.dataclass(frozen=True)
class _Going:
    """A run that waits or goes on."""

    program: Program
    owner: str
    address: str
    feed: Feed


class Runner:
    """All runs that wait or go on."""

    def __init__(self, warden: Warden, store: Store, aio: Aio, listener: Listener, programs: Path, caps: Caps) -> None:
        self._warden = warden
        self._store = store
        self._aio = aio
        self._listener = listener
        self._programs = programs
        self._caps = caps
        self._going: dict[str, _Going] = {}
        self._queue = RunQueue()
        self._changing = aio.lock()
        self._tells_places = False
        self._is_closing = False

    @property
    def running(self) -> int:
        """How many runs are going on."""
        return len(self._going) - len(self._queue)

    @property
    def waiting(self) -> int:
        """How many runs wait for a place."""
        return len(self._queue)

    def problems(self) -> list[str]:
        """Return a sentence for each thing that keeps runs from beginning."""
        return [] if self._warden.alive else ["The process that starts runs has ended: start the server again."]

    def feed(self, run_id: str) -> Feed | None:
        """Return the feed of a run; None: it has ended, and all of it is in the store."""
        going = self._going.get(run_id)
        return None if going is None else going.feed

    def follow(self, run: Run) -> Feed | None:
        """Return the feed of a run: it is there as long as the run goes on."""
        return self.feed(run.id)

    def feeds(self) -> list[Feed]:
        """Return the feeds of all runs that wait or go on."""
        return [going.feed for going in list(self._going.values())]

    def owner(self, run_id: str) -> str | None:
        """Return the viewer who started a run; None: it has ended."""
        going = self._going.get(run_id)
        return None if going is None else going.owner

    def may_stop(self, run_id: str, viewer: Viewer | None) -> bool:
        """Say whether somebody may stop a run: whoever started it, or the presenter."""
        return viewer is not None and (viewer.is_presenter or viewer.id == self.owner(run_id))

    def check_room(self, owner: str, address: str) -> None:
        """Raise QuotaPassed where a viewer's next run could not even wait."""
        if self._may_begin(owner):
            return
        if self._queue.of(owner) >= self._caps.waiting_per_viewer:
            raise QuotaPassed("waiting", _RETRY_S)
        most = self._caps.waiting_per_address
        if most is not None and self._waiting_of(address) >= most:
            raise QuotaPassed("address", _RETRY_S)
        if len(self._queue) >= self._caps.queue:
            raise QuotaPassed("full", _RETRY_S)

    def _waiting_of(self, address: str) -> int:
        return sum(going.address == address for run_id, going in self._going.items() if run_id in self._queue)

    def start(self, program: Program, owner: str = "", address: str = "") -> Run:
        """Start a run, or have it wait for a place; raise QuotaPassed where it could not even wait."""
        run_id = new_id()
        needs_viewer = program.lesson is None if program.needs_viewer is None else program.needs_viewer
        feed = Feed(
            run_id,
            self._store,
            self._aio,
            self._listener,
            max_bytes=self._caps.trace_bytes,
            needs_viewer=needs_viewer,
        )
        with self._changing:
            if self._is_closing:
                raise ServerEnding
            self.check_room(owner, address)
            waits = not self._may_begin(owner)
            state = "queued" if waits else "running"
            run = self._store.create_run(run_id, program.name, dict(program.params), program.lesson, state, owner)
            self._going[run_id] = going = _Going(program, owner, address, feed)
            if waits:
                self._queue.add(run_id, owner)
                place = list(self._queue.order()).index(run_id)
            else:
                self._begin(going, has_waited=False)
        if waits:
            feed.wait_at(place)
            # It may come before others of viewers who have more runs.
            self._places_changed()
        return run

    def lead(self, run_id: str, program: Program) -> None:
        """Start a run that is in the store and has waited there; raise WardenError, StoreError or OSError."""
        feed = Feed(run_id, self._store, self._aio, self._listener, max_bytes=self._caps.trace_bytes)
        feed.wait_at(0)
        with self._changing:
            self._going[run_id] = going = _Going(program, "", "", feed)
            self._begin(going, has_waited=True)

    def _may_begin(self, owner: str) -> bool:
        """Say whether a viewer's next run need not wait: whoever waits then has all the runs that they may have."""
        return not self._is_closing and self.running < self._caps.runs and self._may_have_one_more(owner)

    def _may_have_one_more(self, viewer: str) -> bool:
        going = sum(run.owner == viewer for run in self._going.values()) - self._queue.of(viewer)
        return going < self._caps.runs_per_viewer

    def _begin(self, going: _Going, has_waited: bool) -> None:
        """Have the warden run it; raise WardenError or StoreError, and it has ended."""
        feed = going.feed
        folder = self._programs / feed.run_id
        try:
            if has_waited:
                self._store.begin_run(feed.run_id)
            feed.begin(self._warden.run(self._written(going.program, feed.run_id, folder)))
        except (WardenError, StoreError, OSError) as error:
            del self._going[feed.run_id]
            feed.give_up("failed", str(error))
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._listener.started(self._store.get(feed.run_id))
        self._aio.spawn(feed.pump, lambda: self._forget(feed.run_id, folder))

    def _written(self, program: Program, run_id: str, folder: Path) -> RunSpec:
        """Write a program into its folder, and say how to run it."""
        path = folder / program.name
        with explained(self._programs):
            folder.mkdir(parents=True)
            path.write_text(program.text, "utf-8")
        return RunSpec(
            run_id=run_id,
            program=str(path),
            cwd=str(folder),
            params=dict(program.params),
            lesson=program.lesson,
            case=program.case,
            limits=self._limits_of(program),
            races=program.races,
            step=program.step,
            variables=True,
            jail=program.jail,
        )

    def _limits_of(self, program: Program) -> Limits:
        limits = self._caps.playground_limits if program.lesson is None else self._caps.limits
        walls = [seconds for seconds in (program.wall_s, limits.wall_s) if seconds is not None]
        return dataclasses.replace(limits, wall_s=min(walls, default=None))

    def stop(self, run_id: str) -> bool:
        """Ask a run to end; False: it has ended already."""
        going = self._going.get(run_id)
        if going is None:
            return False
        with self._changing:
            was_waiting = self._queue.remove(run_id)
            if was_waiting:
                del self._going[run_id]
        if was_waiting:
            going.feed.give_up("stopped", STOPPED)
            self._places_changed()
        else:
            going.feed.stop()
        return True

    def stop_all(self, timeout_s: float) -> None:
        """End all runs, begin no other, and wait for what they say at their end: so long in all, not for each."""
        self._is_closing = True
        feeds = []
        for going in list(self._going.values()):
            with self._changing:
                was_waiting = self._queue.remove(going.feed.run_id)
            if was_waiting:
                del self._going[going.feed.run_id]
                going.feed.give_up("interrupted", _SERVER_ENDS)
            else:
                going.feed.stop()
                feeds.append(going.feed)
        until_s = time.monotonic() + timeout_s
        for feed in feeds:
            if not feed.finished.wait(max(0.0, until_s - time.monotonic())):
                _log.warning("The run %s did not end in time; the warden ends it.", feed.run_id)

    def _forget(self, run_id: str, folder: Path) -> None:
        with self._changing:
            del self._going[run_id]
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        self._begin_next()

    def _begin_next(self) -> None:
        """Give the places that are free to those who wait."""
        with self._changing:
            while not self._is_closing and self.running < self._caps.runs:
                run_id = self._queue.take(self._may_have_one_more)
                if run_id is None:
                    break
                with contextlib.suppress(WardenError, StoreError, OSError):
                    self._begin(self._going[run_id], has_waited=True)
        self._places_changed()

    def _places_changed(self) -> None:
        if self._queue and not self._tells_places:
            self._tells_places = True
            self._aio.spawn(self._tell_places)

    def _tell_places(self) -> None:
        self._aio.sleep(_TELL_S)
        self._tells_places = False
        with self._changing:
            order = [self._going[run_id].feed for run_id in self._queue.order()]
        for place, feed in enumerate(order):
            feed.wait_at(place)
