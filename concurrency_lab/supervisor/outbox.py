"""The way out of a supervisor: events as NDJSON into the socket, without ever waiting for its reader."""

import select
import socket
import time
from typing import Any

from concurrency_lab.trace.lines import encode_all

# Beyond this the supervisor stops reading segments; the probes' own bound decides what is dropped.
_FULL_BYTES = 4 << 20
_DRAIN_TIMEOUT_S = 30.0


class Outbox:
    """Bytes that wait to be sent."""

    def __init__(self, control: socket.socket, poller: select.epoll) -> None:
        self._control: socket.socket | None = control
        self._poller = poller
        self._waiting = bytearray()
        self._wants_write = False

    @property
    def is_full(self) -> bool:
        """Whether the reader is so far behind that nothing more should be taken in."""
        return len(self._waiting) > _FULL_BYTES

    @property
    def is_closed(self) -> bool:
        """Whether nobody is there to read any more."""
        return self._control is None

    def put_all(self, values: list[dict[str, Any]]) -> None:
        """Queue a line for each."""
        if self._control is not None:
            self._waiting += encode_all(values)

    def flush(self) -> None:
        """Send what can be sent at once; ask to be woken for the rest."""
        if self._control is None:
            return
        while self._waiting:
            try:
                sent = self._control.send(memoryview(self._waiting)[: 1 << 18])
            except BlockingIOError:
                break
            except OSError:
                self.close()
                return
            del self._waiting[:sent]
        self._want_write(bool(self._waiting))

    def _want_write(self, wanted: bool) -> None:
        if wanted != self._wants_write and self._control is not None:
            self._wants_write = wanted
            self._poller.modify(self._control, select.EPOLLIN | (select.EPOLLOUT if wanted else 0))

    def wait_for_room(self) -> bool:
        """Wait until more can be taken in; return False when nobody reads any more."""
        until_s = time.monotonic() + _DRAIN_TIMEOUT_S
        while self._control is not None and self.is_full:
            if not select.select([], [self._control], [], max(0.0, until_s - time.monotonic()))[1]:
                self.close()
            self.flush()
        return self._control is not None

    def drain(self) -> None:
        """At the end: send the rest, for as long as somebody reads it."""
        if self._control is None:
            return
        self._control.settimeout(_DRAIN_TIMEOUT_S)
        try:
            self._control.sendall(self._waiting)
            self._control.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        """Forget the reader: it is gone."""
        self._control = None
        self._waiting.clear()
