"""Six processes, a semaphore with two permits: two are inside at most, the others wait for a permit."""

import time
from multiprocessing import Process, Semaphore

PERMITS = 2
PROCESSES = 6
INSIDE_SECONDS = 0.25


def visit(number, permits):
    with permits:
        print(f"{number} is in")
        time.sleep(INSIDE_SECONDS)
        print(f"{number} goes out")


if __name__ == "__main__":
    permits = Semaphore(PERMITS)
    children = [Process(target=visit, args=(number, permits)) for number in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
