"""A hundred waits as a hundred threads, one for each."""

import resource
import threading
import time

WAITS = 100
WAIT_SECONDS = 0.5


def memory_kb():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * resource.getpagesize() // 1024


def wait():
    time.sleep(WAIT_SECONDS)


began, memory = time.perf_counter(), memory_kb()
threads = [threading.Thread(target=wait, name=f"wait-{number}") for number in range(1, WAITS + 1)]
for thread in threads:
    thread.start()
print(f"{len(threads)} waits under way in {threading.active_count()} thread(s)")
print(f"{memory_kb() - memory} KB of memory more")
for thread in threads:
    thread.join()
print(f"all over after {time.perf_counter() - began:.2f} s")
