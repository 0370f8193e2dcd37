"""Three threads at work; one of them reads at an address where there is nothing."""

import ctypes
import time
from threading import Thread

CRASHES = 1
STEPS = 4
STEP_SECONDS = 0.2


def work(number):
    for step in range(STEPS):
        if number == CRASHES and step == 2:
            ctypes.string_at(0)  # what a bug in a library written in C would do
        print(f"worker {number}: step {step}")
        time.sleep(STEP_SECONDS)


if __name__ == "__main__":
    workers = [Thread(target=work, args=(number,), name=f"worker-{number}") for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        print(f"{worker.name} has ended")
    print("main goes on")
