"""Ends connections whose client takes too long to say what it wants: byte by byte, it would hold its place for ever."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

# In a request's environ, how often its body's length was said: of two, each server believes another one.
CONTENT_LENGTHS = "lab.content_lengths"

_LOOK_S = 0.25


class Times(NamedTuple):
    """How long a client may take."""

    # for a request's first line and headers: a new connection, and one that has brought a good request before
    head_s: float = 10.0
    idle_s: float = 75.0
    # for its body: 64 kB take as long on the slowest line that can show the page at all
    body_s: float = 10.0
    # for a WebSocket's token, which a page of ours sends at once
    token_s: float = 10.0


class Patience:
    """Connections that are being read from, and until when."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.times = Times()
        self._sleep = sleep
        # A real lock, never held while anything waits: it serves green threads as well.
        self._changing = threading.Lock()
        self._until_s: dict[socket.socket, float] = {}

    def begin(self, sock: socket.socket, seconds: float) -> None:
        """Wait for this connection so long from now on, and not longer."""
        with self._changing:
            self._until_s[sock] = time.monotonic() + seconds

    def end(self, sock: socket.socket) -> bool:
        """It has said what it had to say; False: its time was over."""
        with self._changing:
            return self._until_s.pop(sock, None) is not None

    def watch(self) -> None:
        """End those whose time is over, for ever."""
        while True:
            self._sleep(_LOOK_S)
            now_s = time.monotonic()
            with self._changing:
                late = [sock for sock, until_s in self._until_s.items() if now_s > until_s]
                for sock in late:
                    del self._until_s[sock]
            for sock in late:
                stop_reading(sock)


def stop_reading(sock: socket.socket) -> None:
    """Have whoever reads from a connection find its end; an answer can still be sent."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RD)
