"""What the supervisor does with each event, step by step: read it, order it, watch it, make a line of it.

Processor time for 320,000 lock events of 4 processes, at its best of some rounds, beside what json.dumps alone takes.
No promise: the machine decides. What matters is the ratio, and which step is worth work.
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.supervisor.merge import Merger
from concurrency_lab.supervisor.segments import ProcessSegments
from concurrency_lab.trace import constants, packing
from concurrency_lab.trace.findings import Watch
from concurrency_lab.trace.lines import encode_all

PROCESSES, THREADS, PAIRS = 4, 4, 10_000
EVENTS = PROCESSES * THREADS * PAIRS * 2
TURN = 8_000
ROUNDS = 3
# Room for a segment that ends with a whole slot behind its last record.
SEGMENT_SLOTS = (1 << 20) // constants.SLOT_BYTES


def write_segments(folder: Path, pid: int, start_ns: int) -> None:
    """Write what the probes of one process write: its threads take turns, each with a lock of its own."""
    name = (packing.TEXT_LENGTH.pack(4) + b"Lock").ljust(constants.SLOT_BYTES, b"\0")
    records = []
    for lock in range(1, THREADS + 1):
        kind = constants.LOCK_CREATED | constants.TEXT_FLAG
        records += [packing.RECORD.pack(start_ns, 1, pid << 32 | lock, 0, 7, 0, kind), name]
    for number in range(THREADS * PAIRS * 2):
        thread, is_release = number // 2 % THREADS, number % 2
        kind = constants.LOCK_RELEASED if is_release else constants.LOCK_ACQUIRED
        fields = (thread + 1, pid << 32 | thread + 1, 0 if is_release else 1, 8 + is_release, 0, kind)
        records.append(packing.RECORD.pack(start_ns + number * 1000, *fields))
    end = packing.RECORD.pack(0, 0, 0, 0, 0, 0, constants.SEGMENT_END)
    for segment, begin in enumerate(range(0, len(records), SEGMENT_SLOTS - 1)):
        data = b"".join(records[begin : begin + SEGMENT_SLOTS - 1]) + end
        (folder / f"{pid}.{segment}").write_bytes(data)


def ingest(folder: Path) -> dict[str, float]:
    """Take everything in as a supervisor does; return the processor time of each step."""
    start_ns = time.monotonic_ns()
    spent_s: dict[str, float] = dict.fromkeys(("read", "order", "watch", "line", "json.dumps"), 0.0)

    def timed(step: str, call: Callable[[], Any]) -> Any:
        began_s = time.thread_time()
        result = call()
        spent_s[step] += time.thread_time() - began_s
        return result

    for pid in range(10, 10 + PROCESSES):
        write_segments(folder, pid, start_ns)
    processes = [ProcessSegments(str(folder), pid, str) for pid in range(10, 10 + PROCESSES)]
    merger, watch = Merger(start_ns), Watch()
    told = 0
    while told < EVENTS:
        for process in processes:
            merger.extend(timed("read", lambda process=process: process.read(False, TURN)))
        events = timed("order", merger.flush)
        timed("watch", lambda events=events: watch.take_all(events))
        timed("line", lambda events=events: encode_all(events))
        timed("json.dumps", lambda events=events: [json.dumps(event) for event in events])
        told += len(events)
    return spent_s


def main() -> int:
    best: dict[str, float] = {}
    gc.freeze()
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for step, spent_s in ingest(Path(folder)).items():
                best[step] = min(spent_s, best.get(step, spent_s))
    floor_s = best.pop("json.dumps")
    for step, spent_s in best.items():
        print(f"{step:6} {spent_s / EVENTS * 1e6:5.2f} us an event")
    total_s = sum(best.values())
    ratio = total_s / floor_s
    print(f"{EVENTS:,} events in {total_s:.2f} s CPU, {EVENTS / total_s:,.0f} a second: {ratio:.2f} x json.dumps alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
