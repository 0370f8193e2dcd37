"""A process makes zombies and never waits for them. It is killed, and all of them vanish."""

import os
import signal
import time

ZOMBIES = 5
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 5


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # reaped: before the open, or before the read
        return "gone"


def make_zombies(report):
    for _ in range(ZOMBIES):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        os.write(report, f"{child} ".encode())
    os.close(report)
    time.sleep(60)


reading, writing = os.pipe()
maker = os.fork()
if maker == 0:
    make_zombies(writing)
os.close(writing)

with os.fdopen(reading) as report:
    children = [int(word) for word in report.read().split()]
print("states while their parent lives:", *[state(child) for child in children])
time.sleep(LOOK_SECONDS)
os.kill(maker, signal.SIGKILL)
os.waitpid(maker, 0)
deadline = time.monotonic() + PATIENCE_SECONDS
while any(state(child) != "gone" for child in children) and time.monotonic() < deadline:
    time.sleep(0.02)
print("states after their parent's end:", *[state(child) for child in children])
