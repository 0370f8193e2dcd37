"""Starts and stops runs: writes a lesson's program, asks the warden to run it, follows it with a feed."""

import contextlib
import dataclasses
import logging
import secrets
import shutil
import socket
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from concurrency_lab.store import Run, Store, explained
from concurrency_lab.supervisor.client import WardenError
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.feed import Feed, Listener

# 14 of 62 characters: 83 bits, not to be guessed. Letters and digits only, so that an id can stand anywhere.
_ID_ALPHABET = string.ascii_letters + string.digits
_ID_LENGTH = 14

_log = logging.getLogger("concurrency_lab")


class Warden(Protocol):
    """Whoever starts supervisors: supervisor.client.Warden, or a test's stand-in."""

    def run(self, spec: RunSpec) -> socket.socket:
        """Start a run; its trace comes through the socket."""


class TooManyRuns(Exception):
    """As many runs as allowed are going on."""


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


class Runner:
    """All runs that are going on."""

    def __init__(
        self, warden: Warden, store: Store, aio: Aio, listener: Listener, programs: Path, max_runs: int, limits: Limits
    ) -> None:
        self._warden = warden
        self._store = store
        self._aio = aio
        self._listener = listener
        self._programs = programs
        self._limits = limits
        self.max_runs = max_runs
        self._feeds: dict[str, Feed] = {}
        self._starting = aio.lock()

    @property
    def running(self) -> int:
        """How many runs are going on."""
        return len(self._feeds)

    def feed(self, run_id: str) -> Feed | None:
        """Return the feed of a run; None: it has ended, and all of it is in the store."""
        return self._feeds.get(run_id)

    def start(self, program: Program) -> Run:
        """Start a run; raise TooManyRuns."""
        with self._starting:
            if len(self._feeds) >= self.max_runs:
                raise TooManyRuns
            run_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
            folder = self._programs / run_id
            path = folder / program.name
            with explained(self._programs):
                folder.mkdir(parents=True)
                path.write_text(program.text, "utf-8")
            spec = RunSpec(
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
            run = self._store.create_run(run_id, path.name, dict(program.params), program.lesson)
            try:
                sock = self._warden.run(spec)
            except WardenError as error:
                self._store.interrupt(run_id, str(error))
                shutil.rmtree(folder, ignore_errors=True)
                raise
            feed = Feed(run_id, sock, self._store, self._aio, self._listener)
            self._feeds[run_id] = feed
        self._aio.spawn(feed.pump, lambda: self._forget(run_id, folder))
        return run

    def _limits_of(self, program: Program) -> Limits:
        walls = [seconds for seconds in (program.wall_s, self._limits.wall_s) if seconds is not None]
        return dataclasses.replace(self._limits, wall_s=min(walls, default=None))

    def stop(self, run_id: str) -> bool:
        """Ask a run to end; False: it has ended already."""
        feed = self._feeds.get(run_id)
        if feed is None:
            return False
        feed.stop()
        return True

    def stop_all(self, timeout_s: float) -> None:
        """End all runs, and wait for what they say at their end."""
        feeds = list(self._feeds.values())
        for feed in feeds:
            feed.stop()
        for feed in feeds:
            if not feed.finished.wait(timeout_s):
                _log.warning("The run %s did not end in time; the warden ends it.", feed.run_id)

    def _forget(self, run_id: str, folder: Path) -> None:
        del self._feeds[run_id]
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
