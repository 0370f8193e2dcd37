"""Writes a trace of so many events, at such a rate, as a supervisor would: FD RUN_ID EVENTS PER_SECOND."""

import contextlib
import json
import os
import select
import socket
import sys
import time
from typing import Any

from concurrency_lab.trace import codec

HEADER = {
    "format": codec.FORMAT,
    "program": "program.py",
    "source": {"program.py": "pass\n"},
    "python": "3.11.7",
    "platform": "linux x86_64",
    "started_at": "2026-01-01T00:00:00.000+00:00",
    "argv": [],
    "params": {},
    "start_method": "fork",
    "cpu_count": 2,
}
_CHUNK = 50


def line(seq: int, start_ns: int) -> str:
    """Return the line of an event that says when it was written: `wall_ns` is CLOCK_REALTIME, for the benchmarks."""
    # As text: made as a dict, 64,000 a second would take a core of two.
    return (
        f'{{"seq":{seq},"ts_ns":{time.monotonic_ns() - start_ns},"kind":"lock.acquired","by":"probe","pid":100,'
        f'"tid":{100 + seq % 8},"obj":"100.7","file":"program.py","line":{1 + seq % 40},"depth":1,'
        f'"wall_ns":{time.time_ns()}}}\n'
    )


def event(seq: int, start_ns: int) -> dict[str, Any]:
    """Return the same event as an object."""
    made: dict[str, Any] = json.loads(line(seq, start_ns))
    return made


def main(sock: socket.socket, run_id: str, count: int, per_second: int) -> None:
    start_ns = time.monotonic_ns()
    sock.sendall((codec.dumps({**HEADER, "run": run_id}) + "\n").encode())
    seq, status = 0, "finished"
    while seq < count and status == "finished":
        step = min(count - seq, max(1, per_second // 200) if per_second else _CHUNK)
        sock.sendall("".join(line(n, start_ns) for n in range(seq, seq + step)).encode())
        seq += step
        due_s = seq / per_second - (time.monotonic_ns() - start_ns) / 1e9 if per_second else 0
        if select.select([sock], [], [], max(0, due_s))[0]:
            if not sock.recv(100):
                return
            status = "stopped"
    last = {"seq": seq, "ts_ns": time.monotonic_ns() - start_ns, "kind": "run.ended", "by": "os", "status": status}
    sock.sendall((codec.dumps(last) + "\n").encode())


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    with contextlib.suppress(ConnectionError), socket.socket(fileno=int(sys.argv[1])) as ours:
        main(ours, sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
