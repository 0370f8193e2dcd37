"""The limits of a run: measured from outside, said in a sentence when one strikes."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.bombs import threads_of
from concurrency_lab.supervisor.spec import Limits

Event = dict[str, Any]
# What the kernel keeps of a file that holds nothing.
_INODE_BYTES = 1024
# An exact look at memory is believed for so many times what it took. At 10 times, 40 processes that had been forked
# just now, and began to write to what they shared, had 673 MB of 256.
_BELIEVED = 2


class Kept(NamedTuple):
    """What lies in the folders that count as a run's memory."""

    size_bytes: int
    files: int


class LimitWatch:
    """Checks a run against its limits. `kept` tells what lies in its folders."""

    def __init__(self, limits: Limits, kept: Callable[[], Kept]) -> None:
        self._limits = limits
        self._kept = kept
        # what was counted more than once at the last exact look, and until when that is believed
        self._shared_bytes = 0
        self._shared_until_s = 0.0
        # the CPU time of all exact looks
        self.exact_s = 0.0
        # more than half of its memory is used: many processes fill the rest between two usual looks
        self.is_near = False

    def events_struck(self) -> Event:
        """Return the event of the limit on a trace's length."""
        most = self._limits.events or 0
        return _struck("events", most, f"The run was ended: its trace had {most:,} events, which is all it may have.")

    def too_many(self, count: int) -> Event:
        """Return the event of the limit on processes and threads, of which there were so many."""
        most = self._limits.processes or 0
        text = f"The run was ended: it had {count} processes and threads, and its limit is {most}."
        return _struck("processes", most, text)

    def check(self, elapsed_s: float, below: Iterable[procfs.Stat], output_bytes: int) -> Event | None:
        """Return the event of the first limit that is exceeded, or None. `below`: the run's processes."""
        limits = self._limits
        if limits.wall_s is not None and elapsed_s > limits.wall_s:
            text = f"The run was ended after {limits.wall_s:g} s: that is the time a run may take."
            return _struck("wall_s", limits.wall_s, text)
        if limits.output_bytes is not None and output_bytes > limits.output_bytes:
            text = f"The run was ended: it printed more than {limits.output_bytes:,} bytes."
            return _struck("output_bytes", limits.output_bytes, text)
        below = list(below)
        if limits.processes is not None:
            count = sum(map(threads_of, below))
            if count >= limits.processes:
                return self.too_many(count)
        return self._check_folders_and_memory([found.pid for found in below])

    def _check_folders_and_memory(self, pids: list[int]) -> Event | None:
        limits = self._limits
        if limits.files is None and limits.memory_mb is None:
            return None
        kept = self._kept()
        if limits.files is not None and kept.files > limits.files:
            text = f"The run was ended: it made {kept.files:,} files and folders, {limits.files:,} are allowed."
            return _struck("files", limits.files, text)
        if limits.memory_mb is not None:
            used_bytes = self._memory_bytes(pids, limits.memory_mb << 20, kept.size_bytes)
            self.is_near = used_bytes > limits.memory_mb << 19
            if used_bytes > limits.memory_mb << 20:
                used_mb = used_bytes >> 20
                text = f"The run was ended: it used {used_mb} MB of memory, {limits.memory_mb} MB are allowed."
                return _struck("memory_mb", limits.memory_mb, text)
        return None

    def _memory_bytes(self, pids: list[int], most_bytes: int, kept_bytes: int) -> int:
        """Return what processes and folders take; exactly only where it matters, which costs 20 times as much.

        What processes share counts for each of them at the quick look, in parts at the exact one. How much that was
        is taken off the quick ones that follow, for a while: what is shared now may be written to by each later.
        """
        quick_bytes = sum(map(procfs.resident_bytes, pids)) + kept_bytes
        if quick_bytes <= most_bytes:
            return quick_bytes
        began_s = time.thread_time()
        if time.monotonic() < self._shared_until_s and quick_bytes - self._shared_bytes <= most_bytes:
            return quick_bytes - self._shared_bytes
        exact_bytes = sum(map(procfs.proportional_bytes, pids)) + kept_bytes
        self._shared_bytes = quick_bytes - exact_bytes
        cost_s = time.thread_time() - began_s
        self.exact_s += cost_s
        self._shared_until_s = time.monotonic() + _BELIEVED * cost_s
        return exact_bytes


def _struck(limit: str, value: float, text: str) -> Event:
    return {"kind": "run.limited", "by": "os", "limit": limit, "value": value, "text": text}


def in_folder(folder: str) -> Kept:
    """Return what lies in a folder of files."""
    with os.scandir(folder) as entries:
        size_bytes = files = 0
        for entry in entries:
            with procfs.ignore_missing():
                size_bytes += entry.stat().st_size
                files += 1
    return Kept(size_bytes, files)


def in_file_systems(folders: Iterable[str]) -> Kept:
    """Return what lies in whole file systems in memory: nothing needs to be walked through for it."""
    size_bytes = files = 0
    for folder in folders:
        found = os.statvfs(folder)
        made = found.f_files - found.f_ffree
        size_bytes += (found.f_blocks - found.f_bfree) * found.f_frsize + made * _INODE_BYTES
        files += made
    return Kept(size_bytes, files)
