"""Three processes compete for one core. The last one may be nice to the others."""

import os
import time
from multiprocessing import Barrier, Process

NICE = 0
WORK_SECONDS = 0.3


def compute(name, start_line):
    if name == "C":
        os.nice(NICE)  # 0 changes nothing, 19 is the most
    print(f"{name} is at the start line")
    start_line.wait()
    began = time.perf_counter()
    used = time.process_time()
    while time.process_time() - used < WORK_SECONDS:
        pass
    print(f"{name} ends: {WORK_SECONDS:.1f} s of CPU time in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, [core])  # all of us on one core
    start_line = Barrier(3)
    processes = [Process(target=compute, args=(name, start_line), name=name) for name in "ABC"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
