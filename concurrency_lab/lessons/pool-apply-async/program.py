"""A pool of four workers gets six tasks: four begin at once, two wait until a worker is free."""

import os
import time
from multiprocessing import Pool

WORKERS = 4
TASKS = 6
TASK_SECONDS = 0.3


def work(number):
    seconds = TASK_SECONDS * (1 + number % 3)
    print(f"task {number} begins in process {os.getpid()}, for {seconds:.1f} s")
    time.sleep(seconds)
    print(f"task {number} ends")
    return number * number


if __name__ == "__main__":
    pool = Pool(WORKERS)
    results = [pool.apply_async(work, (number,)) for number in range(TASKS)]
    print(f"main process {os.getpid()}: {TASKS} tasks handed in, nothing to do but wait")
    pool.close()  # no further tasks: without it, join refuses
    pool.join()
    print("all done:", [result.get() for result in results])
