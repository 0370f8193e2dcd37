"""What does it cost to start a hundred threads, and what a hundred processes? None of them has anything to do."""

import time
from threading import Thread

WORKERS = 100


def nothing():
    pass


if __name__ == "__main__":
    began = time.perf_counter()
    for _ in range(WORKERS):
        worker = Thread(target=nothing)
        worker.start()
        worker.join()
    each_us = (time.perf_counter() - began) / WORKERS * 1e6
    print(f"{WORKERS} threads, one after the other: {each_us:.0f} microseconds each")
