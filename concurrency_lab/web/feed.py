"""One run, from the queue to its end: reads its supervisor's stream, stores it, then tells whoever watches.

Stored first, sent second: an event that a browser has seen is never lost.
"""

import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from concurrency_lab.store import Page, Run, Store, StoreError, pack
from concurrency_lab.trace import codec
from concurrency_lab.trace.block import Block
from concurrency_lab.web.aio import Aio, Event

# Measured: 300 watchers of 10,000 events/s then have p95 = 38 ms of latency at 0.4 cores.
BATCH_S = 0.025
# At most this many events a message, live or from the store.
BATCH_EVENTS = 2000
# So many are sent before their time, and leave room for what the next read may bring.
_MANY_EVENTS = 1400
# Between two reads of one batch: looking costs more than what a few more events do.
_NAP_S = 0.01
_READ_BYTES = 256 * 1024
_AGAIN_S = 1.0
_NO_ROOM = "The run was ended because it could not be recorded any more; what was recorded until then is here."
_CUT_OFF = "The supervisor of this run ended before the run did; what it had said until then is here."

_TOO_MUCH = "The run was ended: its trace had more than {} MB, which is all that is kept of one run."

_log = logging.getLogger("concurrency_lab")


class Listener(Protocol):
    """Whoever is told of a run, from its first event on while the feed's lock is held."""

    def started(self, run: Run) -> None:
        """The run has begun."""

    def queued(self, run_id: str, place: int) -> None:
        """The run waits, and so many begin before it."""

    def began(self, run_id: str, header: codec.Header) -> None:
        """The run, which was waiting, has begun; its events follow."""

    def events(self, run_id: str, lines: Sequence[str], packed: bytes) -> None:
        """These events were stored, `packed` as they are here."""

    def ended(self, message: dict[str, Any]) -> None:
        """The run has ended: see `ended_message`."""


class Followed(Protocol):
    """A run as its watchers follow it, here or on another machine: see Feed."""

    run_id: str
    needs_viewer: bool
    place: int | None
    lock: contextlib.AbstractContextManager[Any]
    next_seq: int
    ended: bool
    header: codec.Header | None
    header_known: Event
    # Somebody follows it who was told no header: that it has begun is to be said.
    announces: bool

    def page(self, since: int, most: int) -> Page:
        """Return at most `most` events behind `since`, of those that were told: its lock is held."""


class _TooMuch(Exception):
    """A trace is longer than what is kept of one."""


class Feed:
    """The stream of one run that waits or is going on.

    `lock` is held while a batch is stored and sent: whoever holds it and has read all that is stored
    misses nothing, and gets nothing twice, when it joins the listeners.
    """

    def __init__(
        self,
        run_id: str,
        store: Store,
        aio: Aio,
        listener: Listener,
        *,
        max_bytes: int | None = None,
        needs_viewer: bool = False,
    ) -> None:
        self.run_id = run_id
        # It is to end when nobody watches it any more.
        self.needs_viewer = needs_viewer
        # How many runs begin before it; None: it has begun.
        self.place: int | None = None
        self.lock = aio.lock()
        self.next_seq = 0
        self.ended = False
        self.header: codec.Header | None = None
        self.header_known = aio.event()
        self.finished = aio.event()
        self._sock: socket.socket | None = None
        self._max_bytes = max_bytes
        self._store = store
        self._aio = aio
        self._listener = listener
        self._last_event: codec.Event = {}
        self.announces = False

    def page(self, since: int, most: int) -> Page:
        """Return at most `most` events behind `since`, of those that were told: its lock is held."""
        told = self.next_seq - 1 - since
        return self._store.read(self.run_id, since, min(most, told)) if told > 0 else Page([], since)

    def wait_at(self, place: int) -> None:
        """The run waits, and so many begin before it."""
        with self.lock:
            if place != self.place and self._sock is None and not self.ended:
                self.place = place
                self.announces = True
                self._listener.queued(self.run_id, place)

    def give_up(self, status: str, text: str) -> None:
        """End a run that has not begun."""
        self._end(text, status)
        self.header_known.set()
        self.finished.set()

    def stop(self) -> None:
        """Ask the supervisor to end the run; the stream then says how it ended."""
        try:
            if self._sock is not None:
                self._sock.send(b"stop\n")
        except OSError:
            _log.debug("The run %s had ended already.", self.run_id)

    def begin(self, sock: socket.socket) -> None:
        """The run has begun: its trace comes through this socket."""
        sock.setblocking(False)
        with self.lock:
            self._sock = sock
            self.place = None

    def pump(self, cleanup: Callable[[], None]) -> None:
        """Read until the run has ended, then call `cleanup`."""
        assert self._sock is not None
        failure, status = _CUT_OFF, "interrupted"
        try:
            self._read_all(self._sock)
        except (StoreError, ValueError, LookupError) as error:
            _log.error("The run %s is cut off: %s", self.run_id, error)
            failure = str(error)
        except _TooMuch as error:
            failure, status = str(error), "limited"
        finally:
            # Closing it ends whatever is left of the run.
            self._sock.close()
            try:
                self._end(failure, status)
            finally:
                self.header_known.set()
                self.finished.set()
                cleanup()

    def _read_all(self, sock: socket.socket) -> None:
        pending = bytearray()
        lines = received = 0
        due_s = 0.0
        while not self._ended_itself():
            wait_s = None if not lines else max(0.0, due_s - time.monotonic())
            if self._aio.wait_readable(sock, wait_s):
                data = _receive(sock)
                if not data:
                    break
                received += len(data)
                pending += data
                lines += data.count(b"\n")
            now_s = time.monotonic()
            # The first event after a pause is sent at once: `due_s` is then long over.
            if lines and (now_s >= due_s or lines >= _MANY_EVENTS):
                self._take(_whole_lines(pending, lines))
                lines = 0
                # The header may come alone.
                due_s = now_s + BATCH_S if self.next_seq else 0.0
            elif lines:
                self._aio.sleep(min(_NAP_S, due_s - now_s))
            if self._max_bytes is not None and received > self._max_bytes:
                raise _TooMuch(_TOO_MUCH.format(self._max_bytes >> 20))
        if lines:
            self._take(_whole_lines(pending, lines))

    def _take(self, block: Block) -> None:
        if self.header is None:
            header, _, rest = block.text.partition("\n")
            self._begin(codec.read_header(header))
            block = Block(rest, len(block) - 1)
        if 0 < len(block) <= BATCH_EVENTS:
            self._store_and_tell(block)
            return
        for start in range(0, len(block), BATCH_EVENTS):
            lines = block[start : start + BATCH_EVENTS]
            self._store_and_tell(Block("\n".join(lines), len(lines)))

    def _begin(self, header: codec.Header) -> None:
        self._store.set_header(self.run_id, header)
        with self.lock:
            self.header = header
            self.header_known.set()
            if self.announces:
                self._listener.began(self.run_id, header)

    def _store_and_tell(self, lines: Block) -> None:
        with self.lock:
            # One line a batch is read: it gives time and end, and proves that no line is missing.
            last = json.loads(lines.last)
            last_seq = self.next_seq + len(lines) - 1
            if last["seq"] != last_seq:
                raise ValueError(f"The supervisor's event {last_seq} says seq {last['seq']}: one is missing.")
            packed = self._store.append(self.run_id, self.next_seq, lines, last["ts_ns"])
            self.next_seq = last_seq + 1
            self._last_event = last
            self._listener.events(self.run_id, lines, packed)

    def _ended_itself(self) -> bool:
        return self._last_event.get("kind") == "run.ended"

    def _end(self, failure: str, status: str = "interrupted") -> None:
        with self.lock:
            try:
                if self._ended_itself():
                    self._store.end_run(self.run_id, self._last_event["status"])
                else:
                    self._tell_of_limit(status, failure)
                    self._add(self._store.interrupt(self.run_id, failure, status))
            except StoreError as error:
                # Later there may be room on the disk again; else the next start of the server completes the trace.
                _log.error("The end of the run %s is not recorded yet: %s", self.run_id, error)
                self._aio.spawn(self._record_end_later)
                self._last_event = {"status": "interrupted", "text": str(error)}
            self.ended = True
            self.place = None
            self._listener.ended(ended_message(self.run_id, self._last_event))

    def _record_end_later(self) -> None:
        """Try again until the run's end is in the store: until then it would be told as going on."""
        while True:
            self._aio.sleep(_AGAIN_S)
            with contextlib.suppress(StoreError), self.lock:
                self._store.interrupt(self.run_id, _NO_ROOM)
                return

    def _tell_of_limit(self, status: str, text: str) -> None:
        if status != "limited":
            return
        limited = {"kind": "run.limited", "by": "inferred", "limit": "trace_bytes", "value": self._max_bytes}
        ts_ns = self._last_event.get("ts_ns", 0)
        line = codec.dumps({"seq": self.next_seq, "ts_ns": ts_ns, **limited, "text": text})
        self._store.append(self.run_id, self.next_seq, [line], ts_ns)
        self._add(line)

    def _add(self, line: str | None) -> None:
        """Tell of an event that only the server could add, and has stored."""
        if line is not None:
            self.next_seq += 1
            self._last_event = json.loads(line)
            self._listener.events(self.run_id, [line], pack([line]))


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(_READ_BYTES)
    except ConnectionError:
        return b""


def _whole_lines(pending: bytearray, count: int) -> Block:
    """Take all whole lines, of which there are so many, out of what has come."""
    end = pending.rindex(b"\n")
    # A lone surrogate, which a program may print, is no UTF-8: a WebSocket would refuse the batch.
    text = pending[:end].decode("utf-8", "replace")
    del pending[: end + 1]
    return Block(text, count)


def ended_message(run_id: str, event: codec.Event) -> dict[str, Any]:
    """Return what watchers are told at the end of a run: what run.ended says of it."""
    common = ("seq", "ts_ns", "kind", "by")
    return {"run": run_id} | {name: value for name, value in event.items() if name not in common}
