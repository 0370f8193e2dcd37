"""How late an event is at the last of many watchers, and what that costs the server.

Latency: from the making of a message's oldest event, in a stand-in for the supervisor, to its arrival. The
load client runs on the same machine, 200 threads of Python: with more than 2,000 events/s for 200 watchers
it is the client that is measured. bench_watchers.py [eventlet|threading]
"""

import re
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.web.lab_server import LabServer, serving
from tests.web.watcher import Watcher

SECONDS = 4
LOADS = ((1, 1000), (50, 1000), (200, 1000), (200, 2000), (50, 10_000))
# Parsing every event in every watcher would measure the load client.
_MADE = re.compile(r'"wall_ns":(\d+)')


def watch(watcher: Watcher, run_id: str, latencies_ms: list[float]) -> None:
    """Note how late the oldest event of each message is."""
    watcher.send("watch", {"run": run_id, "since": -1})
    while not (packet := watcher.receive()).startswith('42["ended"'):
        now_ns = time.time_ns()
        if packet.startswith('42["events"') and (made := _MADE.search(packet)):
            latencies_ms.append((now_ns - int(made[1])) / 1e6)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measure(server: LabServer, watchers: int, per_second: int) -> str:
    """Return one line of the table."""
    connections = [Watcher(server.url, server.token) for _ in range(watchers)]
    latencies_ms: list[float] = []
    run_id = server.start("hello", lines=per_second * SECONDS, per_second=per_second)
    threads = [threading.Thread(target=watch, args=(one, run_id, latencies_ms)) for one in connections]
    before_s = cpu_s(server.process.pid)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cores = (cpu_s(server.process.pid) - before_s) / SECONDS
    for one in connections:
        one.close()
    ordered = sorted(latencies_ms)
    p50, p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.50, 0.95, 0.99))
    return f"{watchers:8} {per_second:9} {p50:8.1f} {p95:8.1f} {p99:8.1f} {cores:6.2f} {server.resident_mb():7.0f}"


def main() -> None:
    """Print the table."""
    for way in sys.argv[1:] or ("eventlet", "threading"):
        print(f"{way}\nwatchers  events/s   p50 ms   p95 ms   p99 ms  cores  RSS MB")
        with tempfile.TemporaryDirectory() as folder:
            for watchers, per_second in LOADS:
                with serving(Path(folder) / "data", way, MADE_STREAMS=True) as server:
                    print(measure(server, watchers, per_second), flush=True)


if __name__ == "__main__":
    main()
