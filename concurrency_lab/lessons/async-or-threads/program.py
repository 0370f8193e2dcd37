"""A hundred waits as a hundred tasks, all of them in one thread."""

import asyncio
import resource
import threading
import time

WAITS = 100
WAIT_SECONDS = 0.5


def memory_kb():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * resource.getpagesize() // 1024


async def wait():
    await asyncio.sleep(WAIT_SECONDS)


async def main():
    began, memory = time.perf_counter(), memory_kb()
    tasks = [asyncio.create_task(wait(), name=f"wait-{number}") for number in range(1, WAITS + 1)]
    await asyncio.sleep(0)  # a turn for each of them
    print(f"{len(tasks)} waits under way in {threading.active_count()} thread(s)")
    print(f"{memory_kb() - memory} KB of memory more")
    await asyncio.gather(*tasks)
    print(f"all over after {time.perf_counter() - began:.2f} s")


asyncio.run(main())
