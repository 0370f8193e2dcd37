"""How late an event is at the last of many watchers, and what that costs the server.

Latency: from the making of a message's oldest event, in a stand-in for the supervisor, to its arrival in a process that
watches as often as is asked for (watcher_load.py), on the same machine. Beside ours, packed once for all, the same
batches as Flask-SocketIO sends them, plain JSON. bench_watchers.py [eventlet|threading]
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.web.lab_server import LabServer, serving

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 8
# More than this many events a second in all, as plain JSON, the loopback does not carry beside everything else.
MOST_PLAIN = 500_000


class Load(NamedTuple):
    """So many watchers of so many events a second, and what was promised of them (issue 7)."""

    watchers: int
    per_second: int
    percentile: str = ""
    most_ms: float = 0
    most_mb: float = 150


LOADS = (
    Load(1, 1000),
    Load(50, 1000),
    Load(50, 10_000),
    Load(300, 1000),
    Load(300, 10_000, "95", 45),
    Load(200, 64_000, "99", 100),
)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measure(server: LabServer, load: Load, form: str) -> dict[str, Any]:
    """Return what the watchers saw, with the server's cores and memory."""
    total = load.per_second * SECONDS
    run_id = server.start("hello", lines=total, per_second=load.per_second)
    command = [sys.executable, str(ROOT / "benchmarks/watcher_load.py")]
    command += [server.url, server.token, run_id, str(load.watchers), *(["plain"] if form == "plain" else [])]
    before_s, began_s = cpu_s(server.process.pid), time.monotonic()
    seen: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
    seen["cores"] = (cpu_s(server.process.pid) - before_s) / (time.monotonic() - began_s)
    seen["resident_mb"] = server.resident_mb()
    seen["lost"] = load.watchers - seen["whole"] if seen["least_seq"] == total else load.watchers
    return seen


def told(load: Load, form: str, seen: dict[str, Any]) -> str:
    """Return one line of the table."""
    p50, p95, p99 = (seen["latencies_ms"][p] for p in ("50", "95", "99"))
    return (
        f"{form:6} {load.watchers:8} {load.per_second:9,} {p50:8.1f} {p95:8.1f} {p99:8.1f} {seen['cores']:6.2f} "
        f"{seen['resident_mb']:7.0f} {seen['megabytes'] / SECONDS:7.1f} {seen['lost']:5}"
    )


def verdict(load: Load, seen: dict[str, Any]) -> list[str]:
    """Return which promises were missed."""
    missed = []
    if load.percentile and seen["latencies_ms"][load.percentile] > load.most_ms:
        missed.append(f"p{load.percentile} above {load.most_ms:g} ms")
    if load.percentile and seen["resident_mb"] > load.most_mb:
        missed.append(f"more than {load.most_mb:g} MB")
    if seen["lost"]:
        missed.append(f"{seen['lost']} watchers did not get everything")
    return [f"{load.watchers} watchers at {load.per_second:,} events/s: {what}" for what in missed]


def main() -> int:
    """Print the table; return 1 when a promise was missed."""
    missed: list[str] = []
    for way in sys.argv[1:] or ("eventlet",):
        print(f"{way}\nform   watchers  events/s   p50 ms   p95 ms   p99 ms  cores  RSS MB    MB/s  lost")
        for load in LOADS:
            for form in ("packed", "plain"):
                if form == "plain" and load.watchers * load.per_second > MOST_PLAIN:
                    continue
                with (
                    tempfile.TemporaryDirectory() as folder,
                    serving(Path(folder) / "data", way, MADE_STREAMS=True) as one,
                ):
                    seen = measure(one, load, form)
                print(told(load, form, seen), flush=True)
                if form == "packed":
                    missed += verdict(load, seen)
    for sentence in missed:
        print(f"missed: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
