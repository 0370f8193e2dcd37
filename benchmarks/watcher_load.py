"""Many watchers of one run in one process: URL TOKEN RUN WATCHERS [plain]. Prints what they saw as JSON.

One loop over raw sockets that looks at no more of a message than its length and its newest event's time: with a library
for each of 300 WebSockets it is the library that is measured. Every event is counted, by its seq.
"""

import json
import os
import re
import selectors
import socket
import sys
import time
import zlib
from urllib.parse import urlsplit

_MADE = re.compile(rb'"seq":(\d+).*?"wall_ns":(\d+)')
_SEQ = re.compile(rb'"seq":(\d+)')
_CHUNK_BYTES = 1 << 20
_SETTLE_NS = 1_500_000_000


class Socket:
    """One WebSocket: takes frames apart, remembers how far its run has come and how late each message was."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address)
        key = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"
        host = f"{address[0]}:{address[1]}"
        lines = [key, f"Host: {host}", f"Origin: http://{host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "", ""]
        self.sock.sendall("\r\n".join(lines).encode())
        self.buffer = bytearray()
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        if b" 101 " not in self.buffer:
            raise ConnectionError(self.buffer.decode())
        del self.buffer[: self.buffer.index(b"\r\n\r\n") + 4]
        self.latencies_ms: list[float] = []
        # events made before are caught up with, and say nothing of how late a live one is
        self.from_ns = 1 << 63
        self.last_seq = -1
        self.gaps = 0
        self.bytes = 0
        self.has_ended = False

    def more(self) -> None:
        """Wait for what comes next, before the run is watched."""
        data = self.sock.recv(4096)
        if not data:
            raise ConnectionError("The server let go of a watcher.")
        self.buffer += data

    def send(self, text: str) -> None:
        """Send one text message: a client's frames are masked, ours with zeros."""
        data = text.encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.sock.sendall(b"\x81" + length + b"\0\0\0\0" + data)

    def next_frame(self) -> bytes | None:
        """Return the next message that is here as a whole."""
        if len(self.buffer) < 10:
            return self._frame(2 if self.buffer[1:2] and self.buffer[1] < 126 else 10)
        short = self.buffer[1]
        return self._frame(2 if short < 126 else 4 if short == 126 else 10)

    def _frame(self, head: int) -> bytes | None:
        if len(self.buffer) < head:
            return None
        length = self.buffer[1] if head == 2 else int.from_bytes(self.buffer[2:head], "big")
        if len(self.buffer) < head + length:
            return None
        frame = bytes(self.buffer[head : head + length])
        del self.buffer[: head + length]
        return frame

    def take(self, wall_ns: int) -> None:
        """Take what has come."""
        while (frame := self.next_frame()) is not None:
            if frame == b"2":
                self.send("3")
            elif frame.startswith(b'42["ended"'):
                self.has_ended = True
            elif frame.startswith(b'42["events"'):
                self._note(frame, wall_ns)
            elif frame[:1] == b"\x78":
                # It would take this process longer to unpack than the server to send: the first watcher does for all.
                self._note(_unpacked(frame), wall_ns)

    def _note(self, text: bytes, wall_ns: int) -> None:
        oldest = _MADE.search(text)
        if oldest is None:
            oldest = _SEQ.search(text)
        elif int(oldest[2]) > self.from_ns:
            self.latencies_ms.append((wall_ns - int(oldest[2])) / 1e6)
        assert oldest is not None
        newest = text.rindex(b'"seq":')
        last = _SEQ.match(text, newest)
        assert last is not None
        self.gaps += int(oldest[1]) != self.last_seq + 1
        self.last_seq = int(last[1])


_unpacked_last: dict[bytes, bytes] = {}


def _unpacked(frame: bytes) -> bytes:
    found = _unpacked_last.get(frame)
    if found is None:
        if len(_unpacked_last) > 50:
            _unpacked_last.clear()
        found = _unpacked_last[frame] = zlib.decompress(frame)
    return found


def main(url: str, token: str, run_id: str, watchers: int, is_packed: bool) -> None:
    """Watch a run until it has ended for everybody."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    sockets = [Socket(address) for _ in range(watchers)]
    for one in sockets:
        one.send("40" + json.dumps({"token": token}))
    selector = selectors.DefaultSelector()
    for one in sockets:
        while (frame := one.next_frame()) is None or not frame.startswith(b"40"):
            if frame is None:
                one.more()
        one.send("420" + json.dumps(["watch", {"run": run_id, "since": -1, "packed": is_packed}]))
        selector.register(one.sock, selectors.EVENT_READ, one)
    for one in sockets:
        one.from_ns = time.time_ns() + _SETTLE_NS
    left = watchers
    while left:
        for key, _ in selector.select():
            one = key.data
            data = one.sock.recv(_CHUNK_BYTES)
            one.bytes += len(data)
            one.buffer += data
            one.take(time.time_ns())
            if one.has_ended or not data:
                selector.unregister(one.sock)
                left -= 1
    latencies_ms = sorted(late for one in sockets for late in one.latencies_ms)
    times = os.times()
    print(
        json.dumps(
            {
                "latencies_ms": {p: latencies_ms[int(len(latencies_ms) * p / 100)] for p in (50, 95, 99)},
                "whole": sum(one.has_ended and not one.gaps for one in sockets),
                "least_seq": min(one.last_seq for one in sockets),
                "megabytes": sum(one.bytes for one in sockets) / 1e6,
                "client_cpu_s": times.user + times.system,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:] != ["plain"])
