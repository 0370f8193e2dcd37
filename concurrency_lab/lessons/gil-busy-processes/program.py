"""As many busy processes as there are cores. How many cores do they keep busy?"""

import os
import time
from multiprocessing import Process

WORKERS_PER_CORE = 1
ROUNDS = 20_000_000


def spin():
    x = 0
    for _ in range(ROUNDS):
        x ^= 1


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    workers = [Process(target=spin) for _ in range(WORKERS_PER_CORE * cores)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall = time.perf_counter() - began

    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    print(f"{len(workers)} busy workers on {cores} cores: {cpu:.2f} s of CPU time in {wall:.2f} s")
