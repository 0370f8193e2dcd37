"""From the click to the first event: POST /api/runs, then watch, on a real server with a real lesson.

Plain and jailed. Promised: a median of at most 300 ms (20 runs). Exit code 1 when it is missed.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.supervisor.jail import verdict
from tests.web.lab_server import LabServer, serving
from tests.web.watcher import Watcher

RUNS = 20
PROMISED_MS = 300.0


def first_events_ms(server: LabServer, watcher: Watcher) -> tuple[float, float]:
    """Run a program once; return the time to its run's first event, and to the first event of its own process."""
    start_s = time.perf_counter()
    run_id = server.start("hello")
    watcher.send("watch", {"run": run_id, "since": -1})
    first_ms = own_ms = 0.0
    while (message := watcher.message())[0] != "ended":
        now_ms = (time.perf_counter() - start_s) * 1000
        if message[0] == "events":
            first_ms = first_ms or now_ms
            if any("pid" in event for event in message[1]["events"]):
                own_ms = own_ms or now_ms
    return first_ms, own_ms


def measure(jail: bool) -> float:
    """Print what was measured; return the median of the later of the two."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data", "eventlet", JAIL=jail) as server:
        watcher = Watcher(server.url, server.token)
        first_events_ms(server, watcher)
        measured = [first_events_ms(server, watcher) for _ in range(RUNS)]
        watcher.close()
    median_ms = 0.0
    for what, values in zip(("first event", "first event of the process"), zip(*measured, strict=True), strict=True):
        median_ms = statistics.median(values)
        what = f"{'jailed' if jail else 'plain'}: {what}"
        print(f"{what:36} median {median_ms:6.1f} ms   best {min(values):6.1f}   worst {max(values):6.1f}")
    return median_ms


def main() -> int:
    """Measure both where there is a jail; return the exit code."""
    ways = [False, True] if verdict(None).jail_ok else [False]
    return 0 if max(map(measure, ways)) <= PROMISED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
