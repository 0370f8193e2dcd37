"""The program's standard output and error as it really left the program, and whose words they were.

The probes say which thread wrote which text; the pipe holds everything, also what a program without
probes wrote. What no probe has claimed is told at the end as the OS's observation.
"""

import os
import re
import select
import time
from typing import Any

Event = dict[str, Any]
_READ_BYTES = 1 << 16
# Kept for comparison; a program that writes more is told apart no longer.
_KEEP_BYTES = 1 << 20
# A probe's words are held back for a while before they are compared.
_UNCLAIMED_AFTER_NS = 250_000_000
_NUL = "\u2400".encode()
# What stands in a claim for bytes that are no UTF-8.
_LOST = "\ufffd".encode()
_LOSSES = re.compile(b"((?:" + _LOST + b")+)")
# Searched in vain; a program whose probes claim what never comes costs no more than this.
_MOST_SEARCHED_BYTES = 1 << 27
# What a search through nothing costs beside that.
_SEARCH_BYTES = 500


class _Stream:
    """One pipe: bytes that no probe has claimed yet, and claims whose bytes have not come yet."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.total = 0
        self._told = 0
        self._unclaimed = bytearray()
        self._claims: list[bytes] = []
        self._changed_ns = 0
        self._searched = 0
        self._lost = False

    def take(self, data: bytes) -> None:
        """Take in what the pipe brought."""
        self.total += len(data)
        if len(self._unclaimed) + len(data) > _KEEP_BYTES:
            self._lost = True
        if self._lost:
            self._unclaimed.clear()
            self._claims.clear()
            return
        # As the probes tell it, whose texts end at a NUL.
        self._unclaimed += data.replace(b"\0", _NUL)
        self._changed_ns = time.monotonic_ns()
        self._claims = [claim for claim in self._claims if not self._settle(claim)]

    def claim(self, text: bytes) -> None:
        """Take in what a probe says was written."""
        self._told += len(text)
        if not self._lost and not self._settle(text):
            self._claims.append(text)

    def _settle(self, claim: bytes) -> bool:
        begin = self._unclaimed.find(claim)
        end = begin + len(claim)
        if begin < 0 and _LOST in claim and (found := _as_told(claim).search(self._unclaimed)):
            begin, end = found.span()
        if begin < 0:
            self._searched += len(self._unclaimed) + _SEARCH_BYTES
            self._lost = self._lost or self._searched > _MOST_SEARCHED_BYTES
            return False
        del self._unclaimed[begin:end]
        self._changed_ns = time.monotonic_ns()
        return True

    def take_unclaimed(self, known_ns: int, at_end: bool) -> bytes:
        """Return what no probe has claimed, although all that probes said until long after it is known."""
        old = known_ns - self._changed_ns > _UNCLAIMED_AFTER_NS
        if not (self._unclaimed and (at_end or (old and not self._claims))):
            return b""
        data = bytes(self._unclaimed)
        self._unclaimed.clear()
        self._told += len(data)
        return data

    @property
    def lost(self) -> int:
        """How many bytes nobody has told of, although the program wrote them."""
        return max(0, self.total - self._told) if self._lost else 0


def _as_told(claim: bytes) -> re.Pattern[bytes]:
    """Return the pattern of what a claim may have been before it was made UTF-8: a loss is of one to three bytes."""
    parts = _LOSSES.split(claim)
    lost = [b"[\x80-\xff]{%d,%d}?" % (len(part) // 3, len(part)) for part in parts[1::2]]
    return re.compile(re.escape(parts[0]) + b"".join(a + re.escape(b) for a, b in zip(lost, parts[2::2], strict=True)))


class ProgramOutput:
    """Reads both pipes; counts bytes for the limit."""

    def __init__(self, poller: select.epoll) -> None:
        self._poller = poller
        self._streams: dict[int, _Stream] = {}
        self._by_fd: dict[int, _Stream] = {}

    def pipes(self) -> tuple[int, int]:
        """Make the pipes; return the ends that the program writes to."""
        for number in (1, 2):
            stream = _Stream()
            self._streams[number] = stream
            self._by_fd[stream.reader] = stream
            self._poller.register(stream.reader, select.EPOLLIN)
        return self._streams[1].writer, self._streams[2].writer

    def close_writers(self) -> None:
        """Close our copies of the program's ends, so that the end of file can come."""
        for stream in self._streams.values():
            os.close(stream.writer)

    @property
    def total_bytes(self) -> int:
        """How much the program has written so far."""
        return sum(stream.total for stream in self._streams.values())

    @property
    def lost_bytes(self) -> int:
        """How much of that is in no event: more came at once than could be told apart. Known at the end."""
        return sum(stream.lost for stream in self._streams.values())

    def owns(self, fd: int) -> bool:
        """Return whether this file descriptor is one of ours."""
        return fd in self._by_fd

    def on_readable(self, fd: int) -> bool:
        """Take in one chunk; return whether there was one."""
        try:
            data = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._by_fd[fd].take(data)
            return True
        self._poller.unregister(fd)
        os.close(fd)
        del self._by_fd[fd]
        return False

    def account(self, event: Event) -> None:
        """Take what a probe claims out of what the pipe brought."""
        if event["kind"] == "output.written" and event["stream"] in self._streams:
            self._streams[event["stream"]].claim(event["text"].encode("utf-8", "surrogatepass"))

    def drain(self) -> None:
        """Read what is left once every writer is gone."""
        for fd in list(self._by_fd):
            while self.on_readable(fd):
                pass

    def unattributed(self, main_pid: int, known_ns: int, at_end: bool = False) -> list[Event]:
        """Return what no probe has claimed (another program's output), as observed from outside.

        `known_ns`: what probes said up to this time was taken account of. Not the clock: on a busy machine we
        ourselves may stand still between reading the pipe and reading the probes.
        """
        events: list[Event] = []
        for number, stream in self._streams.items():
            data = stream.take_unclaimed(known_ns, at_end)
            if data:
                event = {"kind": "output.written", "by": "os", "pid": main_pid, "tid": main_pid}
                events.append({**event, "stream": number, "text": data.decode("utf-8", "replace")})
        return events
