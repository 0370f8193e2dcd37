"""What looking for data races costs in CPU time: two threads in a hot loop; beside Python's own line tracer, `trace`.

Promised: nothing, it is off by default. What is off must cost nothing: a loop without locks, traced and not watched,
takes at most 1.3 times as long as a plain one. Exit code 1 when that is missed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.pythons import PYTHONS

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5
PROMISED_OFF = 1.3
GLOBAL = """
import sys, threading, time
balance = 0

def change(n):
    global balance
    for _ in range(50_000):
        balance = balance + n

threads = [threading.Thread(target=change, args=(n,)) for n in (5, -5)]
start = time.process_time()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(time.process_time() - start, file=sys.stderr)
"""
ATTRIBUTE = """
import sys, threading, time

class Account:
    def __init__(self):
        self.balance = 0
        self.lock = threading.Lock()

    def change(self, n):
        for _ in range(20_000):
            with self.lock:
                self.balance += n

account = Account()
threads = [threading.Thread(target=account.change, args=(n,)) for n in (5, -5)]
start = time.process_time()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(time.process_time() - start, file=sys.stderr)
"""


def seconds(command: list[str], folder: str) -> float:
    """Return the best CPU time of the loop: the threads take turns, and other programs do not count."""
    times = []
    for _ in range(ROUNDS):
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True)
        times.append(float(done.stderr.split()[0]))
    return min(times)


def main() -> int:
    """Print what was measured; return the exit code."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("global, no lock", GLOBAL), ("attribute, under a lock", ATTRIBUTE)):
            program = Path(folder) / "program.py"
            program.write_text(text)
            ours = [sys.executable, "-m", "concurrency_lab", "trace", "--out", os.devnull]
            for version, python in sorted(PYTHONS.items()):
                plain = seconds([python, str(program)], folder)
                off = seconds([*ours, "--python", python, str(program)], folder) / plain
                on = seconds([*ours, "--races", "--python", python, str(program)], folder) / plain
                peer = seconds([python, "-m", "trace", "--count", "--no-report", str(program)], folder) / plain
                print(f"{name:24} {version}: plain {plain * 1e3:6.1f} ms   traced x {off:5.1f}", end="   ")
                print(f"with --races x {on:6.1f}   python -m trace x {peer:6.1f}")
                worst = max(worst, off if text is GLOBAL else 0.0)
    return 0 if worst <= PROMISED_OFF else 1


if __name__ == "__main__":
    sys.exit(main())
