"""Reads what the probes of a run write: one series of segment files per process, in slot order.

A reader sees each process's records in the order in which their slots were taken; ordering between
processes is merge.py's work.

The folder is the program's to write: nothing in it is believed that no probe can have written.
"""

import contextlib
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from concurrency_lab.supervisor import procfs
from concurrency_lab.trace import constants, packing
from concurrency_lab.trace.tasks import TELLS_TASKS, Tasks

Event = dict[str, Any]
# An event with its absolute CLOCK_MONOTONIC time.
Stamped = tuple[int, Event]
_SLOT = packing.SLOT_BYTES
_CHUNK_BYTES = 1 << 16
_MAX_SEGMENT_BYTES = 1 << 20
_HOLE_GRACE_NS = 200_000_000
# Passed at a time, so that a thousand empty segments keep nobody waiting; and how many processes a run may have had.
_MOST_SEGMENTS = 64
_MOST_PROCESSES = 20_000
# Linux gives out no higher ones.
_MOST_PID = 1 << 22
# The records that tell which native id an ident stands for, and when it stands for it no more.
_NAMING = frozenset({constants.PROCESS_STARTED, constants.THREAD_STARTED, constants.THREAD_ENDED})
_MORE, _HOLE, _END = range(3)
# A record as its time and the rest, by which records that say the same are known again.
_TIME_AND_REST = struct.Struct("<Q32s")
_REST = struct.Struct("<" + constants.RECORD_FORMAT.lstrip("<")[1:])
_TIME_AND_KIND = struct.Struct("<Q30xH")
# Those that mean something else by the time they are said again.
_NEVER_THE_SAME = _NAMING | {
    constants.CONDITION_WOKEN,
    constants.TASK_STARTED,
    constants.TASK_SWITCHED,
    constants.TASK_ENDED,
}
# Their `obj` becomes the task of all that follows.
_ABOUT_TASKS = frozenset({constants.TASK_STARTED, constants.TASK_SWITCHED, constants.TASK_ENDED})
_MOST_REPEATED = 4096
_STOPS = {0: _HOLE, constants.SEGMENT_END: _END}


class ProcessSegments:
    """The series of one process."""

    def __init__(self, folder: str, pid: int, name_file: Callable[[str], str]) -> None:
        self._folder = folder
        self._name_file = name_file
        self.pid = pid
        # What the probes last said of each thread (native id): blocked, and when it last spoke.
        self.blocked: dict[int, bool] = {}
        self.spoke_ns: dict[int, int] = {}
        # When a thread began or last went on after a wait, and how long all its waits were.
        self.woke_ns: dict[int, int] = {}
        self.waited_ns: dict[int, int] = {}
        # Threads that have ended: when, and how long they had been on a CPU by then.
        self.ended: dict[int, tuple[int, int]] = {}
        # How often a program has begun here: exec begins another one in the same process.
        self.lives = 0
        # How far it has been read, and whether there was more when reading stopped.
        self.read_to_ns = 0
        self.has_more = False
        # The process is gone, and all that it left has been read.
        self.is_over = False
        self._segment = 0
        self._offset = 0
        self._hole_since_ns = 0
        self._fd: int | None = None
        self._files: dict[int, str] = {}
        self._tids: dict[int, int] = {}
        self._tasks = Tasks()
        # A record without its time -> the event that it becomes, and whether its thread then waits.
        self._repeated: dict[bytes, tuple[Event, bool]] = {}

    def close(self) -> None:
        """Close and remove what is left."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def read(self, ended: bool, most: int = sys.maxsize) -> list[Stamped]:
        """Return what has been committed since the last call: about `most` events, then `has_more` is set.

        `ended`: the process is gone, so a slot that was taken and never committed never will be.
        """
        found: list[Stamped] = []
        self.has_more = not self._go_on(
            ended, lambda data, whole: self._decode(data, whole, found), lambda: len(found) >= most
        )
        if found:
            self.read_to_ns = found[-1][0]
        if ended and not self.has_more:
            self.is_over = True
            self.close()
            # Thousands of short processes would leave as many files, which every look at the folder goes through.
            with contextlib.suppress(OSError):
                os.unlink(self._path(self._segment))
        return found

    def skip_rest(self) -> int:
        """Go to the end without making any event; return how many that would have been, and how many were dropped."""
        counts: list[int] = []
        while not self._go_on(True, lambda data, whole: self._count(data, whole, counts), lambda: False):
            pass
        return sum(counts)

    def _go_on(self, ended: bool, take: Callable[[bytes, int], tuple[int, int]], is_enough: Callable[[], bool]) -> bool:
        """Hand chunk after chunk to `take` until there is nothing more, which is True, or it is enough."""
        last = self._segment + _MOST_SEGMENTS
        while self._open():
            if is_enough() or self._segment > last:
                return False
            used, stop = take(*self._read_chunk())
            self._offset += used
            if stop == _END or (stop == _MORE and not used):
                # What is left at a full segment's end is less than a slot.
                self._advance()
            elif stop == _HOLE and not self._pass_hole(ended):
                break
        return True

    def _read_chunk(self) -> tuple[bytes, int]:
        """Return the next bytes, and how many slots of them are certainly whole.

        Copying is not atomic: while it passes the slot that is being written, it may bring that slot's
        last bytes, the commit mark, with older bytes before. What the first look has seen
        committed is whole at the second.
        """
        assert self._fd is not None
        # No segment is longer, whatever a file says of itself.
        seen = os.pread(self._fd, min(_CHUNK_BYTES, _MAX_SEGMENT_BYTES - self._offset), self._offset)
        whole = -(-len(seen.rstrip(b"\0")) // _SLOT)
        return os.pread(self._fd, len(seen), self._offset), whole

    def _pass_hole(self, ended: bool) -> bool:
        """Go on behind a slot that is not committed; return whether there is anything to go on to."""
        assert self._fd is not None
        if not ended and not self._next_exists():
            return False
        rest = os.pread(self._fd, _MAX_SEGMENT_BYTES - self._offset, self._offset)
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
        # Of a process that is gone all slots that never will be records at once, a segment may be full of them.
        self._offset += _SLOT * (_slots_without_record(rest, now_ns) if ended else 1)
        return True

    def _path(self, segment: int) -> str:
        return f"{self._folder}/{self.pid}.{segment}"

    def _next_exists(self) -> bool:
        return os.path.exists(self._path(self._segment + 1))

    def _open(self) -> bool:
        if self._fd is None:
            # Only what lies here itself.
            self._fd = procfs.open_file(self._path(self._segment), follow=False)
        return self._fd is not None

    def _advance(self) -> None:
        self.close()
        with contextlib.suppress(OSError):
            os.unlink(self._path(self._segment))
        self._segment += 1
        self._offset = 0

    def _decode(self, data: bytes, whole: int, found: list[Stamped]) -> tuple[int, int]:
        """Decode records of the first `whole` slots into `found`; return the bytes used and why it stopped."""
        # A million records come through here: one pass, what is looked up often in local names. Most say what was
        # said before at another time: copying that event takes a quarter of the time of making it.
        repeated, tasks, blocked, spoke_ns = self._repeated, self._tasks, self.blocked, self.spoke_ns
        slots = len(data) // _SLOT
        slot = -1
        next_record = 0
        now_ns = time.monotonic_ns()
        for ts_ns, rest in _TIME_AND_REST.iter_unpack(data[: slots * _SLOT]):
            slot += 1
            if slot < next_record:
                continue
            # Behind a slot that was never committed may lie its text: no record is from the future.
            if slot >= whole or ts_ns > now_ns:
                return slot * _SLOT, _HOLE
            known = repeated.get(rest)
            if known is None:
                ident, obj, arg, line, file, number = _REST.unpack(rest)
                if number in _STOPS:
                    return slot * _SLOT, _STOPS[number]
                text = None
                if number & constants.TEXT_FLAG:
                    text, next_record = _read_text(data, slot + 1)
                    if next_record > slots:
                        return slot * _SLOT, _MORE
                if number & ~constants.TEXT_FLAG in _NAMING:
                    self._name_thread(number & ~constants.TEXT_FLAG, ident, arg, ts_ns)
                known = self._learn(rest, ident, obj, arg, line, file, number & ~constants.TEXT_FLAG, text)
                if known is None:
                    continue
            event = known[0].copy()
            if "age_ns" in event:
                # The probe says when: how long ago that was must fit this very record's time.
                event["age_ns"] = ts_ns - event["age_ns"]
            tid = event["tid"]
            if tasks.is_needed or event["kind"] in TELLS_TASKS:
                tasks.attribute(tid, event)
            if blocked.get(tid):
                self._went_on(tid, ts_ns)
            blocked[tid] = known[1]
            spoke_ns[tid] = ts_ns
            found.append((ts_ns, event))
        return slots * _SLOT, _MORE

    def _learn(
        self, rest: bytes, ident: int, obj: int, arg: int, line: int, file: int, number: int, text: str | None
    ) -> tuple[Event, bool] | None:
        """Return what a record says, which its time is still missing from; None for one that is no event."""
        decoder = packing.DECODERS.get(number)
        if decoder is None:
            if number == constants.FILE_NAMED:
                self._files[obj] = self._name_file(text or "")
                self._repeated.clear()
            return None
        tid = self._tids.get(ident)
        if tid is None:
            # A thread that Python did not start: its native id is unknown, its ident must do.
            tid = self._tids[ident] = ident & 0x7FFFFFFF
        event: Event = {"seq": 0, "ts_ns": 0, "kind": decoder.name, "by": "probe", "pid": self.pid, "tid": tid}
        if obj:
            event["obj"] = packing.object_id(obj)
        if line:
            event["line"] = line
            event["file"] = self._files.get(file, "")
        if decoder.arg:
            event[decoder.arg] = bool(arg) if decoder.arg_is_bool else arg
        elif decoder.arg_is_reason:
            packing.add_reason(event, arg)
        if text is not None:
            packing.add_text(event, decoder.text_fields, text)
        if not decoder.needed <= event.keys() or (number in _ABOUT_TASKS and not obj):
            return None
        if number == constants.CONDITION_WOKEN:
            event["waker"] = self._tids.get(arg, arg)
        known = (event, number == constants.LANE_BLOCKED)
        if text is None and number not in _NEVER_THE_SAME:
            if len(self._repeated) >= _MOST_REPEATED:
                self._repeated.clear()
            self._repeated[rest] = known
        return known

    def _count(self, data: bytes, whole: int, counts: list[int]) -> tuple[int, int]:
        """Pass over records as `_decode` does; add to `counts` how many events they stand for."""
        slots = len(data) // _SLOT
        slot = -1
        next_record = 0
        now_ns = time.monotonic_ns()
        for ts_ns, number in _TIME_AND_KIND.iter_unpack(data[: slots * _SLOT]):
            slot += 1
            if slot < next_record:
                continue
            if slot >= whole or ts_ns > now_ns:
                return slot * _SLOT, _HOLE
            if number in _STOPS:
                return slot * _SLOT, _STOPS[number]
            if number & constants.TEXT_FLAG:
                size = packing.text_length(data, (slot + 1) * _SLOT)
                next_record = slot + 1 + packing.slots_for_text(size)
                if next_record > slots:
                    return slot * _SLOT, _MORE
                number &= ~constants.TEXT_FLAG
            if number == constants.RUN_EVENTS_DROPPED:
                counts.append(_REST.unpack_from(data, slot * _SLOT + 8)[2])
            elif number in packing.DECODERS:
                counts.append(1)
        return slots * _SLOT, _MORE

    def _went_on(self, tid: int, ts_ns: int) -> None:
        # Unknown is what a thread said that ended while it was blocked, whose number a new one has.
        since_ns = self.spoke_ns.get(tid, ts_ns)
        self.waited_ns[tid] = self.waited_ns.get(tid, 0) + ts_ns - since_ns
        self.woke_ns[tid] = ts_ns

    def _name_thread(self, number: int, ident: int, native: int, ts_ns: int) -> None:
        if number == constants.THREAD_ENDED:
            # Here it is not a native id, but what it ran.
            self.ended[self._tids.get(ident, 0)] = ts_ns, native
            return
        if number == constants.PROCESS_STARTED:
            self.lives += 1
            native = self.pid
        self._tids[ident] = native
        self.woke_ns[native] = ts_ns
        self._repeated.clear()


def _slots_without_record(data: bytes, now_ns: int) -> int:
    """Return how many slots come before one that may be a record, the first not looked at."""
    slots = len(data) // _SLOT
    records = enumerate(_TIME_AND_KIND.iter_unpack(data[: slots * _SLOT]))
    return next((slot for slot, (ts_ns, number) in records if slot and number and ts_ns <= now_ns), max(1, slots))


def _read_text(data: bytes, slot: int) -> tuple[str, int]:
    """Return the text that begins in a slot, as far as it is there, and the slot behind it."""
    start = slot * _SLOT
    size = packing.text_length(data, start)
    start += packing.TEXT_LENGTH.size
    return data[start : start + size].decode("utf-8", "replace"), slot + packing.slots_for_text(size)


class Segments:
    """All series of a run: finds new processes by the files they make."""

    def __init__(self, folder: str, name_file: Callable[[str], str]) -> None:
        self._folder = folder
        self._name_file = name_file
        self.processes: dict[int, ProcessSegments] = {}

    def find_new(self) -> list[int]:
        """Return the pids that have begun to write since the last call."""
        new = []
        try:
            names = os.listdir(self._folder)
        except OSError:
            # The program has removed it, or what lets us in: it tells nothing any more.
            return []
        for name in names:
            word, _, number = name.partition(".")
            if not (word.isdecimal() and word.isascii() and number.isdecimal()) or len(word) > 7:
                continue
            pid = int(word)
            if 0 < pid <= _MOST_PID and pid not in self.processes and len(self.processes) < _MOST_PROCESSES:
                self.processes[pid] = ProcessSegments(self._folder, pid, self._name_file)
                new.append(pid)
        return new

    def close(self) -> None:
        """Close every file."""
        for process in self.processes.values():
            process.close()
