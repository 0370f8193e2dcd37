"""Three processes get SIGTERM: one has no handler, one handles it, one ignores it. SIGKILL asks nobody."""

import os
import signal
import sys
import time
from multiprocessing import Event, Process

LIFE_SECONDS = 0.3
PATIENCE_SECONDS = 0.5


def say_goodbye(number, frame):
    print(f"polite: {signal.Signals(number).name} came, I tidy up and go")
    sys.exit(0)


def live(handler, ready):
    signal.signal(signal.SIGTERM, handler)
    ready.set()
    while True:
        time.sleep(1)


if __name__ == "__main__":
    handlers = {"plain": signal.SIG_DFL, "polite": say_goodbye, "stubborn": signal.SIG_IGN}
    children = {}
    for name, handler in handlers.items():
        ready = Event()
        children[name] = Process(target=live, args=(handler, ready), name=name)
        children[name].start()
        ready.wait()  # a signal that comes earlier finds no handler yet
    time.sleep(LIFE_SECONDS)
    for child in children.values():
        os.kill(child.pid, signal.SIGTERM)
    children["plain"].join()
    children["polite"].join()
    children["stubborn"].join(PATIENCE_SECONDS)
    if children["stubborn"].is_alive():
        os.kill(children["stubborn"].pid, signal.SIGKILL)
        children["stubborn"].join()
    for name, child in children.items():
        print(f"{name}: exit code {child.exitcode}")
