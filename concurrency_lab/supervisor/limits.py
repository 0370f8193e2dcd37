"""The limits of a run: measured from outside, said in a sentence when one strikes."""

import os
from collections.abc import Iterable
from typing import Any

from concurrency_lab.supervisor import procfs
from concurrency_lab.supervisor.spec import Limits

Event = dict[str, Any]


class LimitWatch:
    """Checks a run against its limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def events_struck(self) -> Event:
        """Return the event of the limit on a trace's length."""
        most = self._limits.events or 0
        return _struck("events", most, f"The run was ended: its trace had {most:,} events, which is all it may have.")

    def check(self, elapsed_s: float, below: Iterable[procfs.Stat], folder: str, output_bytes: int) -> Event | None:
        """Return the event of the first limit that is exceeded, or None.

        `below`: the run's processes; `folder`: where its segments lie, which count as its memory.
        """
        limits = self._limits
        if limits.wall_s is not None and elapsed_s > limits.wall_s:
            text = f"The run was ended after {limits.wall_s:g} s: that is the time a run may take."
            return _struck("wall_s", limits.wall_s, text)
        if limits.output_bytes is not None and output_bytes > limits.output_bytes:
            text = f"The run was ended: it printed more than {limits.output_bytes:,} bytes."
            return _struck("output_bytes", limits.output_bytes, text)
        below = list(below)
        if limits.processes is not None:
            count = sum(max(1, found.threads) for found in below if found.state not in "ZX")
            if count > limits.processes:
                text = f"The run was ended: it had {count} processes and threads, {limits.processes} are allowed."
                return _struck("processes", limits.processes, text)
        if limits.memory_mb is not None:
            used_bytes = sum(procfs.private_bytes(found.pid) for found in below) + _folder_bytes(folder)
            if used_bytes > limits.memory_mb << 20:
                used_mb = used_bytes >> 20
                text = f"The run was ended: it used {used_mb} MB of memory, {limits.memory_mb} MB are allowed."
                return _struck("memory_mb", limits.memory_mb, text)
        return None


def _struck(limit: str, value: float, text: str) -> Event:
    return {"kind": "run.limited", "by": "os", "limit": limit, "value": value, "text": text}


def _folder_bytes(folder: str) -> int:
    with os.scandir(folder) as entries:
        total = 0
        for entry in entries:
            with procfs.ignore_missing():
                total += entry.stat().st_size
        return total
