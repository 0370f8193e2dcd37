"""The same with processes."""

import time
from multiprocessing import Process

WORKERS = 100


def nothing():
    pass


if __name__ == "__main__":
    began = time.perf_counter()
    for _ in range(WORKERS):
        worker = Process(target=nothing)
        worker.start()
        worker.join()
    each_us = (time.perf_counter() - began) / WORKERS * 1e6
    print(f"{WORKERS} processes, one after the other: {each_us:.0f} microseconds each")
