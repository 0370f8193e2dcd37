"""Ten tasks for a pool of three: the pool's size says how many are in work at once, not the number of tasks."""

import collections
import multiprocessing
import os
import time

SIZE = 3
TASKS = 10
TASK_SECONDS = 0.2
CHUNK = 1


def work(number):
    time.sleep(TASK_SECONDS)
    return os.getpid()


if __name__ == "__main__":
    began = time.perf_counter()
    with multiprocessing.Pool(SIZE) as pool:
        workers = pool.map(work, range(TASKS), chunksize=CHUNK)
    seconds = time.perf_counter() - began
    print(f"{TASKS} tasks of {TASK_SECONDS} s took {seconds:.2f} s")
    done_by = collections.Counter(workers)
    for pid, tasks in done_by.items():
        print(f"process {pid} did {tasks}")
    print(f"{len(done_by)} processes had something to do")
