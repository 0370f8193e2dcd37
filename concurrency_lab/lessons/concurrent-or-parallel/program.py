"""The same tasks on one core and on two: by turns is concurrent, at the same instant is parallel."""

import multiprocessing
import os
import time

TASKS = 2
CORES = 1
WORK_SECONDS = 0.4


def compute(number, start_line):
    print(f"task {number} is ready")
    start_line.wait()  # nobody begins before all are there
    began = time.perf_counter()
    while time.process_time() < WORK_SECONDS:  # CPU time of this process: it stands still while another one runs
        pass
    print(f"task {number} ends: {WORK_SECONDS:.1f} s of work took {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, cores)  # from here on, we and our children run on these cores only
    start_line = multiprocessing.Barrier(TASKS)
    tasks = [multiprocessing.Process(target=compute, args=(number, start_line)) for number in range(TASKS)]
    print(f"{TASKS} tasks, cores {cores}")
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
