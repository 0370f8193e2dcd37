"""A worker: takes runs from the queue, leads them as a server would, and tells who watches by store and Redis."""

import contextlib
import logging
import secrets
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from concurrency_lab.store import Run, StoreError
from concurrency_lab.store.jobs import Job, Jobs
from concurrency_lab.store.postgres import PostgresStore
from concurrency_lab.supervisor.client import WardenError
from concurrency_lab.trace import codec
from concurrency_lab.web import log
from concurrency_lab.web.aio import ThreadedAio
from concurrency_lab.web.cluster import Addresses, channel_prefix
from concurrency_lab.web.cluster.bus import Bus, Publisher
from concurrency_lab.web.contained import Contained
from concurrency_lab.web.runner import Caps, Program, Runner, Warden

# A database that is started again is back within this time; until then runs wait with what they have to say.
_PATIENCE_S = 20.0
# Without news, the queue is looked at this often.
_LOOK_S = 1.0
_UNWATCHED_S = 15.0
_BEATS = 5
_NO_JAIL = (
    "The worker that took this run cannot jail it, so it did not begin: `python -m concurrency_lab doctor` says why."
)
_NOT_LED = "The worker of this run could not record its end; what it had recorded until then is here."
_WORKER_ENDS = "The worker that led this run was ended; what it had recorded until then is here."

_log = logging.getLogger("concurrency_lab")


class Told:
    """What a feed says, to Redis: see feed.Listener."""

    def __init__(self, bus: Bus, publisher: Publisher, jobs: Jobs) -> None:
        self._bus = bus
        self._publisher = publisher
        self._jobs = jobs
        self._next_seq: dict[str, int] = {}

    def started(self, run: Run) -> None:
        """The run has begun."""
        self._next_seq[run.id] = 0
        self._changed(run.id)
        log.event("run.started", run=run.id, lesson=run.lesson, program=run.program)

    def queued(self, run_id: str, place: int) -> None:
        """Nothing: its server knows."""

    def began(self, run_id: str, header: codec.Header) -> None:
        """Its header is known."""
        self._changed(run_id)

    def events(self, run_id: str, lines: Sequence[str], packed: bytes) -> None:
        """These events were stored."""
        first = self._next_seq.get(run_id, 0)
        self._next_seq[run_id] = first + len(lines)
        message = {"kind": "events", "first": first, "last": first + len(lines) - 1}
        self._publisher.send(self._bus.run(run_id), message, packed)

    def ended(self, message: dict[str, Any]) -> None:
        """The run has ended."""
        run_id = message["run"]
        self._next_seq.pop(run_id, None)
        with contextlib.suppress(StoreError):
            self._jobs.done(run_id)
        self._changed(run_id)
        self._publisher.send(self._bus.queue, {"kind": "moved"})
        log.event("run.ended", run=run_id, status=message["status"])

    def _changed(self, run_id: str) -> None:
        self._publisher.send(self._bus.run(run_id), {"kind": "changed"})


class Worker:
    """One worker; `serve` until told to end."""

    def __init__(
        self, addresses: Addresses, warden: Warden, programs: Path, caps: Caps, jail: bool, expiry_s: float
    ) -> None:
        self.id = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
        self._caps = caps
        self._can_jail = jail
        self._beat_s = expiry_s / _BEATS
        self._store = PostgresStore(addresses.database, _PATIENCE_S)
        try:
            self._jobs = Jobs(self._store)
            bus = Bus(addresses.redis, channel_prefix(self._store.secret()))
            self._jobs.beat(self.id, caps.runs)
        except BaseException:
            self._store.close()
            raise
        self._aio = ThreadedAio()
        self._publisher = bus.publisher()
        self._subscriber = bus.subscriber([bus.queue, bus.worker(self.id)])
        told = Told(bus, self._publisher, self._jobs)
        self._told = told
        self._runner = Runner(Contained(warden, jail), self._store, self._aio, told, programs, caps)
        # Held while a run is taken: between the database's word and the runner's, it is led all the same.
        self._taking = threading.Lock()
        self._drains = False
        self._ended = threading.Event()
        self._beating = threading.Thread(target=self._beat_on, name="beat", daemon=True)

    def serve(self, stop: socket.socket) -> None:
        """Lead runs until `stop` can be read; then those that go on, until they end or it can be read again."""
        self._beating.start()
        while not self._aio.wait_readable(stop, 0):
            self._take_all()
            self._hear()
        stop.recv(4096)
        log.event("worker.draining", runs=self._runner.running)
        # No server counts on its places any more; what it leads, it leads, as long as it says that it is there.
        self._drains = True
        while self._runner.running and not self._aio.wait_readable(stop, 0.05):
            self._hear(0.05)
        self.close()

    def close(self) -> None:
        """End what goes on, and be gone."""
        self._runner.stop_all(2.0)
        self._ended.set()
        self._beating.join(_PATIENCE_S)
        with contextlib.suppress(StoreError):
            for run_id, _ in self._jobs.led_by(self.id, _UNWATCHED_S):
                self._store.interrupt(run_id, _WORKER_ENDS)
                self._jobs.done(run_id)
            self._jobs.leave(self.id)
        self._subscriber.close()
        self._subscriber.reader.close()
        self._publisher.close()
        self._store.close()

    def _hear(self, wait_s: float = _LOOK_S) -> None:
        """Wait for news, or for the time to look without."""
        if self._aio.wait_readable(self._subscriber.reader, wait_s):
            for news in self._subscriber.take():
                if news.message.get("kind") == "stop":
                    self._runner.stop(news.message["run"])

    def _take_all(self) -> None:
        """Take as many runs as there are places for."""
        try:
            while self._runner.running < self._caps.runs:
                with self._taking:
                    job = self._jobs.take(self.id, self._caps.runs_per_viewer)
                    if job is None:
                        return
                    self._lead(job)
        except StoreError as error:
            _log.error("%s", error)

    def _lead(self, job: Job) -> None:
        program = Program(**job.program)
        if program.jail and not self._can_jail:
            self._store.interrupt(job.run_id, _NO_JAIL, "failed")
            self._told.ended({"run": job.run_id, "status": "failed"})
            return
        try:
            self._runner.lead(job.run_id, program)
        except (WardenError, OSError) as error:
            # Its feed has told why.
            _log.error("The run %s could not begin: %s", job.run_id, error)

    def _beat_on(self) -> None:
        """Say that we are there, and look which of our runs are to end."""
        while not self._ended.wait(self._beat_s):
            try:
                self._jobs.beat(self.id, 0 if self._drains else self._caps.runs)
                with self._taking:
                    self._look_after()
            except StoreError as error:
                _log.error("%s", error)

    def _look_after(self) -> None:
        for run_id, is_to_end in self._jobs.led_by(self.id, _UNWATCHED_S):
            if self._runner.feed(run_id) is None:
                # It began in vain, or its end met a database that was away.
                self._store.interrupt(run_id, _NOT_LED)
                self._told.ended({"run": run_id, "status": "interrupted"})
            elif is_to_end:
                self._runner.stop(run_id)
