"""As many busy threads as there are cores. How many cores do they keep busy?"""

import os
import threading
import time

THREADS_PER_CORE = 1
ROUNDS = 20_000_000


def spin():
    x = 0
    for _ in range(ROUNDS):
        x ^= 1


cores = len(os.sched_getaffinity(0))
threads = [threading.Thread(target=spin) for _ in range(THREADS_PER_CORE * cores)]
wall, cpu = time.perf_counter(), time.process_time()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu

print(f"{len(threads)} busy threads on {cores} cores: {cpu:.2f} s of CPU time in {wall:.2f} s")
print(f"cores in use: {cpu / wall:.1f}")
