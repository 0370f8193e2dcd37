"""What several machines cost: two servers and a worker with Redis and PostgreSQL, all of them on this one.

How late an event is at watchers of both servers, as in bench_watchers.py; what each part takes of a core meanwhile; how
long it takes from asking for a run at one server to its first event at the other. Promises nothing: the figures are
for docs/many-machines.md.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_watchers import cpu_s

from concurrency_lab.supervisor import procfs
from tests.machines.backends import backends, missing
from tests.machines.machines import Lab, one_lab
from tests.web.lab_server import ROOT, LabServer
from tests.web.watcher import Watcher

SECONDS = 8
ASKED = 30
LOADS = ((1, 1000), (50, 1000), (50, 10_000), (150, 1000), (150, 10_000))


def main() -> int:
    """Print the tables."""
    if missing():
        print(f"not measured: {' and '.join(missing())} not installed")
        return 0
    with (
        backends() as (news, store),
        tempfile.TemporaryDirectory() as folder,
        one_lab(Path(folder), news, store) as lab,
    ):
        # All watchers come from one address, more of them in a minute than one may send.
        servers = [lab.server(MAX_RUNS_PER_VIEWER=8, RATES={}), lab.server(RATES={})]
        asking(lab, servers)
        watching(lab, servers, {"redis": news.pid, "postgres": store.pid})
    return 0


def asking(lab: Lab, servers: list[LabServer]) -> None:
    """Print how long it takes from asking at one server to the first event at the other."""
    worker = lab.worker(places=2)
    taken_ms = []
    for _ in range(ASKED):
        began_s = time.monotonic()
        run_id = servers[0].start("hello")
        watcher = Watcher(servers[1].url, servers[1].token)
        watcher.send("watch", {"run": run_id, "since": -1})
        while watcher.message()[0] != "events":
            pass
        taken_ms.append((time.monotonic() - began_s) * 1000)
        watcher.close()
        servers[0].wait_ended(run_id)
    worker.end()
    p95 = statistics.quantiles(taken_ms, n=20)[-1]
    print(f"asked at one server, first event at the other: p50 {statistics.median(taken_ms):.0f} ms, p95 {p95:.0f} ms")


def watching(lab: Lab, servers: list[LabServer], others: dict[str, int]) -> None:
    """Print how late events are at both servers, and what that costs."""
    print("watchers each  events/s   p50 ms   p95 ms   p99 ms  lost  cores: a server  worker  redis  postgres  RSS MB")
    for watchers, per_second in LOADS:
        worker = lab.worker(MADE_STREAMS=True)
        pids = {"a": servers[0].process.pid, "worker": worker.process.pid, **others}
        total = per_second * SECONDS
        run_id = servers[0].start("hello", lines=total, per_second=per_second)
        before, began_s = {name: cpu_of(pid) for name, pid in pids.items()}, time.monotonic()
        loads = [load(server, run_id, watchers) for server in servers]
        seen = [json.loads(process.communicate(timeout=120)[0]) for process in loads]
        took_s = time.monotonic() - began_s
        cores = {name: (cpu_of(pid) - before[name]) / took_s for name, pid in pids.items()}
        print(
            told(watchers, per_second, total, seen, cores, max(server.resident_mb() for server in servers)), flush=True
        )
        servers[0].wait_ended(run_id)
        worker.end()


def load(server: LabServer, run_id: str, watchers: int) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable,
        str(ROOT / "benchmarks/watcher_load.py"),
        server.url,
        server.token,
        run_id,
        str(watchers),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def cpu_of(pid: int) -> float:
    """Return what a process and those below it have used; PostgreSQL has one for each connection."""
    return cpu_s(pid) + sum(cpu_of(child) for child in procfs.children(pid))


def told(watchers: int, per_second: int, total: int, seen: list[Any], cores: dict[str, float], mb: float) -> str:
    worst = [max(one["latencies_ms"][p] for one in seen) for p in ("50", "95", "99")]
    lost = sum(watchers - one["whole"] if one["least_seq"] == total else watchers for one in seen)
    late = " ".join(f"{ms:8.1f}" for ms in worst)
    used = f"{cores['a']:16.2f} {cores['worker']:7.2f} {cores['redis']:6.2f} {cores['postgres']:9.2f}"
    return f"{watchers:13} {per_second:9,} {late} {lost:5} {used} {mb:7.0f}"


if __name__ == "__main__":
    sys.exit(main())
