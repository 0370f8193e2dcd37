"""What an export of a million events costs: processor time, size and memory, each in a process of its own.

Beside it what json.load and json.dumps alone take for the same events, the least that any exporter written with the
standard library could do, and gzip over the trace, the least that a file to send could be made with. And the one-file
page of a tenth of it, which is to be under 2 MB. No promise: the machine decides; what matters are the ratios.
"""

import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.export import EXPORTS, About
from concurrency_lab.trace import codec

EVENTS = 1_000_000
MOST_BYTES = 2_000_000
HEADER = {
    **{"format": codec.FORMAT, "run": "bench", "program": "bench.py", "source": {"bench.py": "pass\n"}, "argv": []},
    **{"python": "3.11.7", "platform": "linux", "started_at": "2026-01-01T00:00:00Z", "params": {}},
    **{"start_method": "fork", "cpu_count": 2},
}


def events() -> Iterator[dict[str, Any]]:
    """Yield what 20 threads do with a queue and a lock: waits, items and output, at irregular times."""
    chance = random.Random(1)
    common = {"pid": 100, "by": "probe", "file": "bench.py"}
    kinds: list[Callable[[int], dict[str, Any]]] = [
        lambda n: {"kind": "queue.put", "obj": "100.1", "depth": n % 20, "item": f"100.{n}", "value": f"'item {n}'"},
        lambda n: {"kind": "queue.got", "obj": "100.1", "depth": n % 20, "item": f"100.{n}", "value": f"'item {n}'"},
        lambda n: {"kind": "lane.blocked", "obj": "100.2", "reason": "lock"},
        lambda n: {"kind": "lane.unblocked", "obj": "100.2", "result": True},
        lambda n: {"kind": "lock.acquired", "obj": "100.2", "depth": 1},
        lambda n: {"kind": "lock.released", "obj": "100.2", "depth": 0},
        lambda n: {"kind": "output.written", "stream": 1, "text": f"got item {n}\n"},
    ]
    now_ns = 0
    for seq in range(EVENTS - 1):
        now_ns += chance.randrange(500, 40_000)
        lane = {"tid": 101 + chance.randrange(20), "line": 1 + chance.randrange(40)}
        yield {"seq": seq, "ts_ns": now_ns, **common, **lane, **chance.choice(kinds)(seq)}
    yield {"seq": EVENTS - 1, "ts_ns": now_ns, "by": "os", "kind": "run.ended", "status": "finished"}


def lines(path: Path, most: int) -> Iterator[str]:
    """Yield the first lines of a file."""
    with path.open() as file:
        for _, line in zip(range(most + 1), file, strict=False):
            yield line


def peer_json(path: Path, most: int) -> Iterator[bytes]:
    """Read and write every line, and do nothing between."""
    for line in lines(path, most):
        yield (json.dumps(json.loads(line)) + "\n").encode()


def peer_gzip(path: Path, most: int) -> Iterator[bytes]:
    """Pack the trace as it is."""
    yield gzip.compress("".join(lines(path, most)).encode(), 9)


PEERS = {"json": peer_json, "gzip": peer_gzip}


def measure(name: str, path: Path, most: int) -> None:
    """Print what one export took, as JSON."""
    begun_s, size = time.process_time(), 0
    chunks = PEERS[name](path, most) if name in PEERS else EXPORTS[name].chunks(lines(path, most), About())
    for chunk in chunks:
        size += len(chunk)
    taken_s = time.process_time() - begun_s
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": taken_s, "mb": size / 1e6, "memory_mb": memory_mb}))


def main() -> int:
    """Measure all; return 1 where the one-file page is too large."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trace.ndjson")
        with path.open("w") as file:
            file.writelines(codec.write(HEADER, events()))
        print(f"{EVENTS:,} events, {path.stat().st_size / 1e6:.0f} MB\n")
        print(f"{'':10} {'CPU s':>7} {'x json':>7} {'MB':>8} {'memory MB':>10}")
        alone_s = 0.0
        for name in ("json", "gzip", "ndjson", "csv", "perfetto", "html"):
            told = run(name, path, EVENTS)
            alone_s = alone_s or told["cpu_s"]
            ratio = told["cpu_s"] / alone_s
            print(f"{name:10} {told['cpu_s']:7.2f} {ratio:7.2f} {told['mb']:8.1f} {told['memory_mb']:10.0f}")
        page = run("html", path, EVENTS // 10)
        packed = run("gzip", path, EVENTS // 10)
    print(f"\n{EVENTS // 10:,} events as one page: {page['mb']:.2f} MB; the trace alone by gzip: {packed['mb']:.2f} MB")
    return int(page["mb"] * 1e6 > MOST_BYTES)


def run(name: str, path: Path, most: int) -> dict[str, float]:
    """Measure in a fresh process: memory that was once used is not given back."""
    command = [sys.executable, __file__, name, str(path), str(most)]
    told: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
