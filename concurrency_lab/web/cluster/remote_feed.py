"""A run that another machine leads, as our watchers follow it: by news, and by the store for what these leave out."""

import json
import time
import zlib
from typing import Any

from concurrency_lab.store import Run, Store, pack
from concurrency_lab.trace import codec
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.feed import BATCH_EVENTS, Listener, ended_message


class RemoteFeed:
    """See feed.Feed, whose lock and `next_seq` this has: all before `next_seq` has been told to who listens."""

    def __init__(self, run: Run, store: Store, aio: Aio, listener: Listener, place: int | None) -> None:
        self.run_id = run.id
        # The worker sees to that.
        self.needs_viewer = False
        self.place = place if run.state == "queued" else None
        self.lock = aio.lock()
        # Whoever watches reads from the store what is before, and nobody watches yet.
        self.next_seq = run.events
        self.ended = False
        self.header: codec.Header | None = None
        self.header_known = aio.event()
        self.used_s = self.heard_s = time.monotonic()
        self._was_queued = run.state == "queued"
        self._store = store
        self._listener = listener
        self._learn(run)

    def readable(self, since: int) -> int:
        """Return how many events behind `since` were told: its lock is held."""
        if since >= self.next_seq:
            # Another server has told more.
            self._catch_up()
        return max(0, self.next_seq - 1 - since)

    def wait_at(self, place: int) -> None:
        """The run waits, and so many begin before it."""
        with self.lock:
            if place != self.place and self._was_queued and not self.ended:
                self.place = place
                self._listener.queued(self.run_id, place)

    def take(self, message: dict[str, Any], packed: bytes) -> None:
        """The worker has stored something."""
        with self.lock:
            self.heard_s = time.monotonic()
            if self.ended:
                return
            first, last = message.get("first"), message.get("last")
            if message["kind"] == "events" and first == self.next_seq and self.header is not None:
                self._tell(zlib.decompress(packed).decode().split("\n"), packed)
            elif message["kind"] != "events" or last is None or last >= self.next_seq:
                self._catch_up()

    def catch_up(self) -> None:
        """Look into the store for what was not told."""
        with self.lock:
            if not self.ended:
                self._catch_up()

    def _catch_up(self) -> None:
        run = self._store.get(self.run_id)
        self.heard_s = time.monotonic()
        self._learn(run)
        while self.next_seq < run.events:
            page = self._store.read(self.run_id, self.next_seq - 1, min(BATCH_EVENTS, run.events - self.next_seq))
            if not page.lines:
                break
            self._tell(page.lines, pack(page.lines))
        if run.state == "ended":
            self._end(run)

    def _learn(self, run: Run) -> None:
        if run.state != "queued":
            self.place = None
        if run.header is not None and self.header is None:
            self.header = run.header
            self.header_known.set()
            if self._was_queued:
                self._was_queued = False
                self._listener.began(self.run_id, run.header)

    def _tell(self, lines: list[str], packed: bytes) -> None:
        self.next_seq += len(lines)
        self._listener.events(self.run_id, lines, packed)

    def _end(self, run: Run) -> None:
        last = self._store.read(self.run_id, run.events - 2, 1).lines
        event = json.loads(last[-1]) if last else {"status": run.status or "interrupted"}
        self.ended = True
        self.header_known.set()
        self._listener.ended(ended_message(self.run_id, event))
