"""Reads what the probes of a run write: one series of segment files per process, in slot order.

A reader sees each process's records in the order in which their slots were taken; ordering between
processes is merge.py's work.
"""

import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from concurrency_lab.trace import constants, kinds, packing
from concurrency_lab.trace.tasks import Tasks

Event = dict[str, Any]
_SLOT = packing.SLOT_BYTES
_CHUNK_BYTES = 1 << 16
_MAX_SEGMENT_BYTES = 1 << 20
_HOLE_GRACE_NS = 200_000_000
_MORE, _HOLE, _END = range(3)


class Stamped(NamedTuple):
    """An event with its absolute CLOCK_MONOTONIC time."""

    ts_ns: int
    event: Event


class ProcessSegments:
    """The series of one process."""

    def __init__(self, folder: str, pid: int, name_file: Callable[[str], str]) -> None:
        self._folder = folder
        self._name_file = name_file
        self.pid = pid
        # What the probes last said of each thread (native id): blocked, and when it last spoke.
        self.blocked: dict[int, bool] = {}
        self.spoke_ns: dict[int, int] = {}
        self._segment = 0
        self._offset = 0
        self._hole_since_ns = 0
        self._passed_hole = False
        self._fd: int | None = None
        self._files: dict[int, str] = {}
        self._tids: dict[int, int] = {}
        self._tasks = Tasks()

    def close(self) -> None:
        """Close and remove what is left."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def read(self, ended: bool) -> list[Stamped]:
        """Return what has been committed since the last call.

        `ended`: the process is gone, so a slot that was taken and never committed never will be.
        """
        found: list[Stamped] = []
        while self._open():
            assert self._fd is not None
            data = os.pread(self._fd, _CHUNK_BYTES, self._offset)
            used, stop = self._decode(data, found)
            self._offset += used
            if stop == _END or (stop == _MORE and not used):
                # What is left at a full segment's end is less than a slot.
                self._advance()
            elif stop == _HOLE and not self._pass_hole(ended):
                break
        return found

    def _pass_hole(self, ended: bool) -> bool:
        """Go on behind a slot that is not committed; return whether there is anything to go on to."""
        assert self._fd is not None
        if not ended and not self._next_exists():
            return False
        rest = os.pread(self._fd, _MAX_SEGMENT_BYTES, self._offset)
        if not rest.strip(b"\0"):
            if not self._next_exists():
                return False
            self._advance()
            return True
        # A thread took the slot and was switched out before it wrote: give it time, then give up.
        now_ns = time.monotonic_ns()
        self._hole_since_ns = self._hole_since_ns or now_ns
        if not ended and now_ns - self._hole_since_ns < _HOLE_GRACE_NS:
            return False
        self._hole_since_ns = 0
        self._passed_hole = True
        self._offset += _SLOT
        return True

    def _path(self, segment: int) -> str:
        return f"{self._folder}/{self.pid}.{segment}"

    def _next_exists(self) -> bool:
        return os.path.exists(self._path(self._segment + 1))

    def _open(self) -> bool:
        if self._fd is None:
            try:
                self._fd = os.open(self._path(self._segment), os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        return True

    def _advance(self) -> None:
        self.close()
        os.unlink(self._path(self._segment))
        self._segment += 1
        self._offset = 0

    def _decode(self, data: bytes, found: list[Stamped]) -> tuple[int, int]:
        """Decode records into `found`; return the bytes used and why it stopped."""
        at = 0
        end = len(data) - _SLOT
        unpack_from = packing.RECORD.unpack_from
        while at <= end:
            record = unpack_from(data, at)
            number = record[6]
            # Behind a slot that was never committed may lie its text: no record has such a time.
            if number == 0 or (self._passed_hole and record[0] > time.monotonic_ns()):
                return at, _HOLE
            if number == constants.SEGMENT_END:
                return at, _END
            text = None
            length = _SLOT
            if number & constants.TEXT_FLAG:
                size = packing.text_length(data, at + _SLOT)
                length += packing.slots_for_text(size) * _SLOT
                if at + length > len(data):
                    break
                start = at + _SLOT + packing.TEXT_LENGTH.size
                text = data[start : start + size].decode("utf-8", "replace")
            at += length
            self._take(record, number & ~constants.TEXT_FLAG, text, found)
        return at, _MORE

    def _take(self, record: packing.Raw, number: int, text: str | None, found: list[Stamped]) -> None:
        ts_ns, ident, obj, arg, line, file, _ = record
        if number == constants.FILE_NAMED:
            self._files[obj] = self._name_file(text or "")
            return
        kind = kinds.BY_NUMBER.get(number)
        if kind is None:
            return
        if number == constants.PROCESS_STARTED:
            self._tids[ident] = self.pid
        elif number == constants.THREAD_STARTED:
            self._tids[ident] = arg
        tid = self._tids.get(ident)
        if tid is None:
            # A thread that Python did not start: its native id is unknown, its ident must do.
            tid = self._tids[ident] = ident & 0x7FFFFFFF
        event: Event = {"kind": kind.name, "by": "probe", "pid": self.pid, "tid": tid}
        if obj:
            event["obj"] = packing.object_id(obj)
        if line:
            event["line"] = line
            event["file"] = self._files.get(file, "")
        event.update(packing.unpack(kind, arg, text))
        if number == constants.CONDITION_WOKEN:
            event["waker"] = self._tids.get(event["waker"], event["waker"])
        self._tasks.attribute(tid, event)
        self.blocked[tid] = number == constants.LANE_BLOCKED
        self.spoke_ns[tid] = ts_ns
        found.append(Stamped(ts_ns, event))


class Segments:
    """All series of a run: finds new processes by the files they make."""

    def __init__(self, folder: str, name_file: Callable[[str], str]) -> None:
        self._folder = folder
        self._name_file = name_file
        self.processes: dict[int, ProcessSegments] = {}

    def find_new(self) -> list[int]:
        """Return the pids that have begun to write since the last call."""
        new = []
        for name in os.listdir(self._folder):
            word, _, number = name.partition(".")
            if not (word.isdigit() and number.isdigit()):
                continue
            pid = int(word)
            if pid not in self.processes:
                self.processes[pid] = ProcessSegments(self._folder, pid, self._name_file)
                new.append(pid)
        return new

    def close(self) -> None:
        """Close every file."""
        for process in self.processes.values():
            process.close()
