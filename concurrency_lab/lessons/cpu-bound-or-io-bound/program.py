"""Two kinds of work, computing and waiting, by threads and by processes."""

import time
from multiprocessing import Process
from threading import Thread

WORKERS = 4
WORK = "computing"
BY = "threads"
ROUNDS = 6_000_000
WAIT_SECONDS = 0.3


def work():
    if WORK == "computing":
        total = 0
        for number in range(ROUNDS):
            total += number
    else:
        time.sleep(WAIT_SECONDS)  # stands for an answer from a disk or a server


if __name__ == "__main__":
    Worker = Thread if BY == "threads" else Process
    began = time.perf_counter()
    work()
    alone = time.perf_counter() - began

    workers = [Worker(target=work) for _ in range(WORKERS)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    together = time.perf_counter() - began
    print(f"{WORK}: one piece took {alone:.2f} s, {WORKERS} pieces by {BY} took {together:.2f} s")
