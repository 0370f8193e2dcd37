"""Two processes count in shared memory. Each takes the lock for reading, adding and writing together."""

import time
from multiprocessing import Array, Barrier, Process, Value

WORKERS = 2
ROUNDS = 40
PAUSE_SECONDS = 0.005


def count(number, total, slots, start):
    start.wait()
    for _ in range(ROUNDS):
        with total.get_lock():
            seen = total.value
            time.sleep(PAUSE_SECONDS)
            total.value = seen + 1
        slots[number] += 1  # nobody else writes here


if __name__ == "__main__":
    total = Value("i", 0)
    slots = Array("i", WORKERS)
    start = Barrier(WORKERS)
    children = [Process(target=count, args=(number, total, slots, start)) for number in range(WORKERS)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    print(f"slots: {slots[:]}, together {sum(slots)}")
    print(f"total: {total.value}")
    print(f"lost:  {sum(slots) - total.value}")
