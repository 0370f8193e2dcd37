"""Runs that workers lead, as a server sees them: asks for them, follows them, and ends those that nobody leads."""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable

from concurrency_lab.store import Run, StoreError, UnknownRun
from concurrency_lab.store.jobs import Jobs
from concurrency_lab.web import log
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.cluster.bus import Bus, News
from concurrency_lab.web.cluster.remote_feed import RemoteFeed
from concurrency_lab.web.cluster.store import OffloadedStore
from concurrency_lab.web.live import Live
from concurrency_lab.web.quotas import QuotaPassed
from concurrency_lab.web.runner import STOPPED, Caps, Program, ServerEnding, new_id
from concurrency_lab.web.tokens import Viewer

_RETRY_S = 5.0
# Who watches gets what Redis has lost within this time.
_LOOK_S = 1.0
# A run that nobody watches is not followed.
_FOLLOWED_S = 5.0
_QUEUED_UNSEEN_S = 30.0
_TELL_S = 0.1
_WORKER_GONE = "The worker that led this run is gone; what it had recorded until then is here."

_log = logging.getLogger("concurrency_lab")


class RemoteRunner:
    """All runs that wait or go on, wherever; see runner.Runner."""

    def __init__(
        self, store: OffloadedStore, jobs: Jobs, bus: Bus, aio: Aio, live: Live, caps: Caps, expiry_s: float
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._bus = bus
        self._aio = aio
        self._live = live
        self._caps = caps
        self._expiry_s = expiry_s
        self._feeds: dict[str, RemoteFeed] = {}
        self._counts = (0, 0, 0)
        # Since when the database has answered: a worker could not say that it is there before.
        self._well_since_s = time.monotonic()
        self._tells_places = False
        self._is_closing = False
        self._publisher = bus.publisher()
        self._subscriber = bus.subscriber([bus.queue])
        aio.spawn(self._hear)
        aio.spawn(self._look)

    @property
    def running(self) -> int:
        """How many runs go on, as of a second ago."""
        return self._counts[0]

    @property
    def waiting(self) -> int:
        """How many runs wait for a place, as of a second ago."""
        return self._counts[1]

    def problems(self) -> list[str]:
        """Return a sentence for each thing that keeps runs from beginning."""
        return (
            [] if self._counts[2] else ["No worker is there: runs wait. Start one: python -m concurrency_lab worker."]
        )

    # -- following -------------------------------------------------------------------------------------------

    def feed(self, run_id: str) -> RemoteFeed | None:
        """Return what follows a run; None: nobody here does, or it has ended."""
        feed = self._feeds.get(run_id)
        if feed is not None:
            feed.used_s = time.monotonic()
        return feed

    def follow(self, run: Run) -> RemoteFeed | None:
        """Return what follows a run, from now on if nobody did."""
        if run.state == "ended":
            return self.feed(run.id)
        if run.id not in self._feeds:
            place = self._places().get(run.id, 0) if run.state == "queued" else None
            feed = RemoteFeed(run, self._store, self._aio, self._live, place)
            if self._feeds.setdefault(run.id, feed) is feed:
                self._subscriber.want(self._bus.run(run.id))
        return self.feed(run.id)

    def feeds(self) -> list[RemoteFeed]:
        """Return what follows runs here."""
        return list(self._feeds.values())

    def may_stop(self, run_id: str, viewer: Viewer | None) -> bool:
        """Say whether somebody may stop a run: whoever started it, or the presenter."""
        if viewer is None:
            return False
        feed = self._feeds.get(run_id)
        owner = feed.owner if feed is not None else None
        if owner is None:
            owner = self._aio.offload(self._jobs.viewer, run_id)
        if feed is not None:
            feed.owner = owner
        return viewer.is_presenter or viewer.id == owner

    # -- asking ------------------------------------------------------------------------------------------------

    def check_room(self, owner: str, address: str) -> None:
        """Raise QuotaPassed where a viewer's next run could not even wait."""
        caps = self._caps
        busy = self._aio.offload(self._jobs.busy, owner, address, caps.runs_per_viewer)
        self._counts = (busy.going, busy.waiting, busy.places)
        if busy.has_room:
            return
        if busy.waiting_of_viewer >= caps.waiting_per_viewer:
            raise QuotaPassed("waiting", _RETRY_S)
        if caps.waiting_per_address is not None and busy.waiting_of_address >= caps.waiting_per_address:
            raise QuotaPassed("address", _RETRY_S)
        if busy.waiting >= caps.queue:
            raise QuotaPassed("full", _RETRY_S)

    def start(self, program: Program, owner: str = "", address: str = "") -> Run:
        """Have a run wait for a worker; raise QuotaPassed where it could not even wait."""
        if self._is_closing:
            raise ServerEnding
        self.check_room(owner, address)
        needs_viewer = program.lesson is None if program.needs_viewer is None else program.needs_viewer
        wanted = dataclasses.asdict(program)
        run: Run = self._aio.offload(self._jobs.ask, new_id(), program.name, wanted, owner, address, needs_viewer)
        self._publisher.send(self._bus.queue, {"kind": "asked"})
        self._live.started(run)
        self.follow(run)
        return run

    def stop(self, run_id: str) -> bool:
        """Ask a run to end; False: it has ended already."""
        is_here, worker = self._aio.offload(self._jobs.stop, run_id)
        if worker is not None:
            self._publisher.send(self._bus.worker(worker), {"kind": "stop", "run": run_id})
        elif is_here:
            self._end(run_id, STOPPED, "stopped")
        return bool(is_here)

    def stop_all(self, timeout_s: float) -> None:
        """Follow no run any more: the workers go on with theirs, and other servers tell of them."""
        self._is_closing = True
        self._subscriber.close()
        self._publisher.close()

    def _end(self, run_id: str, text: str, status: str = "interrupted") -> None:
        """End a run that nobody leads, and tell whoever watches, here and elsewhere."""
        self._store.interrupt(run_id, text, status)
        self._aio.offload(self._jobs.done, run_id)
        self._publisher.send(self._bus.run(run_id), {"kind": "changed"})
        self._publisher.send(self._bus.queue, {"kind": "moved"})
        feed = self._feeds.get(run_id)
        if feed is not None:
            feed.catch_up()

    # -- what comes, and what does not ---------------------------------------------------------------------------

    def _hear(self) -> None:
        while not self._is_closing:
            if self._aio.wait_readable(self._subscriber.reader, _LOOK_S):
                for news in self._subscriber.take():
                    self._tried(self._take, news)

    def _take(self, news: News) -> None:
        kind = news.message.get("kind")
        if kind in ("lost", "back"):
            self._live.say_delayed(kind == "lost")
        elif kind in ("asked", "moved"):
            self._places_moved()
        feed = self._feeds.get(news.topic)
        if feed is not None and feed.hear(news.message, news.packed):
            # Beside the others: it may have to wait for the store.
            self._aio.spawn(self._tell, feed)

    def _tell(self, feed: RemoteFeed) -> None:
        self._tried(feed.take_all)
        self._forget_ended(feed)

    def _look(self) -> None:
        while not self._is_closing:
            self._aio.sleep(_LOOK_S)
            if not self._tried(self._ask_store):
                self._well_since_s = time.monotonic()
            for feed in self.feeds():
                self._tried(self._look_at, feed)

    def _ask_store(self) -> None:
        self._counts = self._aio.offload(self._jobs.counts)
        watched = self._live.watched() & self._feeds.keys()
        if watched:
            self._aio.offload(self._jobs.seen, watched)
        if any(feed.place is not None for feed in self.feeds()):
            self._places_moved()
        for run_id in self._aio.offload(self._jobs.forgotten, _QUEUED_UNSEEN_S):
            self.stop(run_id)
        if time.monotonic() - self._well_since_s < self._expiry_s:
            return
        for run_id in self._aio.offload(self._jobs.bereft, self._expiry_s):
            log.event("run.bereft", run=run_id)
            self._end(run_id, _WORKER_GONE)

    def _look_at(self, feed: RemoteFeed) -> None:
        now_s = time.monotonic()
        if feed.run_id in self._live.watched():
            feed.used_s = now_s
        if now_s - feed.used_s > _FOLLOWED_S:
            self._forget(feed)
        elif now_s - feed.heard_s > _LOOK_S:
            feed.catch_up()
        self._forget_ended(feed)

    def _forget_ended(self, feed: RemoteFeed) -> None:
        if feed.ended:
            self._forget(feed)

    def _forget(self, feed: RemoteFeed) -> None:
        if self._feeds.pop(feed.run_id, None) is not None:
            self._subscriber.leave(self._bus.run(feed.run_id))

    def _tried(self, work: Callable[..., None], *arguments: object) -> bool:
        try:
            work(*arguments)
        except UnknownRun:
            # Retention was quicker.
            for argument in arguments:
                if isinstance(argument, RemoteFeed):
                    self._forget(argument)
        except StoreError as error:
            _log.error("%s", error)
            return False
        return True

    # -- the queue -------------------------------------------------------------------------------------------------

    def _places(self) -> dict[str, int]:
        return {run_id: place for place, run_id in enumerate(self._aio.offload(self._jobs.order))}

    def _places_moved(self) -> None:
        if not self._tells_places and any(feed.place is not None for feed in self.feeds()):
            self._tells_places = True
            self._aio.spawn(self._tell_places)

    def _tell_places(self) -> None:
        self._aio.sleep(_TELL_S)
        self._tells_places = False
        with contextlib.suppress(StoreError):
            places = self._places()
            for feed in self.feeds():
                if feed.place is not None and feed.run_id in places:
                    feed.wait_at(places[feed.run_id])
