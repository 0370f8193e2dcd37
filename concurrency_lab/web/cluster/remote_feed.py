"""A run that another machine leads, as our watchers follow it: by news, and by the store for what these leave out."""

import json
import time
from collections import deque
from typing import Any

from isal import isal_zlib

from concurrency_lab.store import Page, Run, Store, pack
from concurrency_lab.trace import codec
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.feed import BATCH_EVENTS, Listener, ended_message

_RECENT = 2 * BATCH_EVENTS


class RemoteFeed:
    """See feed.Feed, whose lock and `next_seq` this has: all before `next_seq` has been told to who listens."""

    def __init__(self, run: Run, store: Store, aio: Aio, listener: Listener, place: int | None) -> None:
        self.run_id = run.id
        # The worker sees to that.
        self.needs_viewer = False
        self.place = place if run.state == "queued" else None
        # The viewer who asked for it, once somebody wanted to know.
        self.owner: str | None = None
        self.lock = aio.lock()
        # Whoever watches reads from the store what is before, and nobody watches yet.
        self.next_seq = run.events
        self.ended = False
        self.header: codec.Header | None = None
        self.header_known = aio.event()
        self.used_s = self.heard_s = time.monotonic()
        # What was told last: of a hundred watchers that come at once, all want it, and the store is asked by none.
        self._recent: list[str] = []
        self._recent_first = run.events
        self._news: deque[tuple[dict[str, Any], bytes]] = deque()
        self.announces = run.state == "queued"
        self._store = store
        self._listener = listener
        self._learn(run)

    def page(self, since: int, most: int) -> Page:
        """Return at most `most` events behind `since`, of those that were told: its lock is held."""
        if since >= self.next_seq:
            # Another server has told more.
            self._catch_up()
        lines: list[str] = []
        before = min(most, self._recent_first - 1 - since)
        if before > 0:
            lines += self._store.read(self.run_id, since, before).lines
            if len(lines) < before:
                # Retention was quicker.
                return Page(lines, since + len(lines))
        start = since + 1 + len(lines) - self._recent_first
        lines += self._recent[start : start + most - len(lines)]
        return Page(lines, since + len(lines))

    def wait_at(self, place: int) -> None:
        """The run waits, and so many begin before it."""
        with self.lock:
            if self.place not in (None, place) and not self.ended:
                self.place = place
                self._listener.queued(self.run_id, place)

    def hear(self, message: dict[str, Any], packed: bytes) -> bool:
        """The worker has stored something; return whether `take_all` is to be called for it."""
        self.heard_s = time.monotonic()
        self._news.append((message, packed))
        return len(self._news) == 1

    def take_all(self) -> None:
        """Tell of all that was heard."""
        try:
            while self._news:
                self.take(*self._news[0])
                self._news.popleft()
        except BaseException:
            # The store tells of it in the next second.
            self._news.clear()
            raise

    def take(self, message: dict[str, Any], packed: bytes) -> None:
        """Tell of what the worker has stored."""
        with self.lock:
            if self.ended:
                return
            first, last = message.get("first"), message.get("last")
            if message["kind"] == "events" and first == self.next_seq and self.header is not None:
                self._tell(isal_zlib.decompress(packed).decode().split("\n"), packed)
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
            if self.announces:
                self._listener.began(self.run_id, run.header)

    def _tell(self, lines: list[str], packed: bytes) -> None:
        self.next_seq += len(lines)
        self._recent += lines
        while len(self._recent) > _RECENT + BATCH_EVENTS:
            del self._recent[:BATCH_EVENTS]
            self._recent_first += BATCH_EVENTS
        self._listener.events(self.run_id, lines, packed)

    def _end(self, run: Run) -> None:
        last = self._store.read(self.run_id, run.events - 2, 1).lines
        event = json.loads(last[-1]) if last else {"status": run.status or "interrupted"}
        self.ended = True
        self.header_known.set()
        self._listener.ended(ended_message(self.run_id, event))
