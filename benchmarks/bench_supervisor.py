"""The supervisor's own cost and speed: looking at threads, taking in events, reading a trace of a million events.

Promised: under 2 % of a core to look at 20 threads; none of 320,000 events lost; a million events summarized in
under 3 s and 500 MB. Exit code 1 when one is missed.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.supervisor import containment
from concurrency_lab.supervisor.client import running
from concurrency_lab.supervisor.procfs import thread_ids
from concurrency_lab.supervisor.sampler import Sampler, Silent
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[1]
MOST_OF_A_CORE = 0.02
MOST_SUMMARY_S = 3.0
MOST_SUMMARY_MB = 500
LOOKING_S = 3.0

THREADS = """
import threading, time, sys
def work():
    while True:
        {what}
for _ in range(20):
    threading.Thread(target=work, daemon=True).start()
print("ready", flush=True)
time.sleep(60)
"""
FLOOD = """
import multiprocessing, threading
def pairs():
    lock = threading.Lock()
    for _ in range(10_000):
        with lock: pass
def work():
    threads = [threading.Thread(target=pairs) for _ in range(4)]
    [thread.start() for thread in threads], [thread.join() for thread in threads]
if __name__ == "__main__":
    processes = [multiprocessing.Process(target=work) for _ in range(4)]
    [process.start() for process in processes], [process.join() for process in processes]
"""


@contextlib.contextmanager
def started(text: str) -> Iterator[int]:
    """Run a program without probes until it is ready; yield its pid."""
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
    finally:
        process.kill()
        process.communicate()


def looking(what: str) -> float:
    """Return which part of a core it takes to look at 20 threads that do this."""
    with started(THREADS.format(what=what)) as pid:
        observed = Silent(pid)
        observed.spoke_ns = dict.fromkeys(thread_ids(pid), time.monotonic_ns())
        sampler = Sampler()
        looks = 0
        used_s, began_s = 0.0, time.monotonic()
        while time.monotonic() - began_s < LOOKING_S:
            time.sleep(sampler.period_s)
            before_s = time.thread_time()
            sampler.sample({pid: observed}, set())
            used_s += time.thread_time() - before_s
            looks += 1
        list(sampler.end())
    share = used_s / LOOKING_S
    rate = f"{looks / LOOKING_S:.0f} looks a second, {used_s / looks * 1e6:,.0f} us each"
    print(f"20 threads, {what}: {share:.2%} of a core, {rate}")
    return share


def peer() -> None:
    """Print what `top` takes for a look at the same 20 threads; it tells of no GIL and no run queue."""
    if not shutil.which("top"):
        return
    with started(THREADS.format(what="sum(range(1000))")) as pid:
        command = ["top", "-H", "-b", "-d", "0.1", "-n", "30", "-p", str(pid)]
        top = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(top.pid, 0)
        top.returncode = os.waitstatus_to_exitcode(status)
    print(f"top -H: {(usage.ru_utime + usage.ru_stime) / 30 * 1e6:,.0f} us a look")


def ingest(folder: Path) -> bool:
    """Record 4 processes x 4 threads x 10,000 lock pairs; return whether everything is there."""
    program = folder / "flood.py"
    program.write_text(FLOOD)
    began_s = time.monotonic()
    spec = RunSpec("bench", str(program), capture_output=False, limits=Limits(wall_s=60))
    with running(spec) as stream, stream.makefile() as file:
        lines = list(file)
    took_s = time.monotonic() - began_s
    kinds: Counter[str] = Counter()
    exited_s = 0.0
    for event in codec.stream(lines).events:
        kinds[event["kind"]] += 1
        if event["kind"] == "process.exited":
            exited_s = event["ts_ns"] / 1e9
    pairs = kinds["lock.acquired"] + kinds["lock.released"]
    print(f"{pairs:,} lock events made in {exited_s:.2f} s, told after {took_s:.2f} s: {pairs / took_s:,.0f} a second")
    return pairs == 320_000 and not kinds["run.events_dropped"]


def write_million(path: Path, watched: bool) -> None:
    """Write a trace of a million events: eight threads and a lock.

    `watched`: as our supervisors write it, with what there is to find told in it; else it is searched anew.
    """
    common = {"by": "probe", "pid": 10}
    header = {"format": codec.FORMAT, "run": "r", "program": "p.py", "source": {}, "python": "3.11", "platform": "x"}
    header |= {"started_at": "", "argv": [], "params": {}, "start_method": "fork", "cpu_count": 2}
    if watched:
        header["watched"] = True
    events = [{"kind": "lock.created", **common, "tid": 10, "obj": "10.1", "type": "Lock", "file": "p.py", "line": 2}]
    kinds = ({"kind": "lock.acquired", "depth": 1}, {"kind": "lock.released", "depth": 0})
    for number in range(999_999):
        thread = {"tid": 20 + number // 2 % 8, "obj": "10.1", "file": "p.py", "line": 8 + number % 2}
        events.append({**kinds[number % 2], **common, **thread})
    with open(path, "w") as file:
        numbered = ({"seq": seq, "ts_ns": seq * 1000, **event} for seq, event in enumerate(events))
        file.writelines(codec.write(header, numbered))


def json_seconds(path: Path) -> float:
    """Return the processor time that the standard library takes to parse every line, and nothing else."""
    began_s = time.thread_time()
    with open(path) as file:
        for line in file:
            json.loads(line)
    return time.thread_time() - began_s


def summarize(path: Path) -> bool:
    """Summarize a million events in a process of its own; return whether it kept the promises."""
    began_s = time.monotonic()
    command = [sys.executable, "-m", "concurrency_lab", "summary", "--json", str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took_s = time.monotonic() - began_s
    cpu_s = usage.ru_utime + usage.ru_stime
    memory_mb = usage.ru_maxrss / 1024
    ratio = cpu_s / json_seconds(path)
    print(f"{json.loads(text)['events']:,} events summarized in {took_s:.2f} s, {memory_mb:.0f} MB")
    print(f"    {cpu_s:.2f} s CPU: {ratio:.2f} x what json.loads of each line takes")
    return cpu_s < MOST_SUMMARY_S and memory_mb < MOST_SUMMARY_MB


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        recorded, foreign = Path(folder, "recorded.ndjson"), Path(folder, "foreign.ndjson")
        write_million(recorded, watched=True)
        write_million(foreign, watched=False)
        print("A trace as the lab records it, then one in which findings must be looked for:")
        kept = [summarize(recorded)]
        summarize(foreign)
        kept.append(ingest(Path(folder)))
    containment.prefer_promptness()
    kept += [looking(what) < MOST_OF_A_CORE for what in ("time.sleep(0.01)", "time.sleep(1)", "sum(range(1000))")]
    peer()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
