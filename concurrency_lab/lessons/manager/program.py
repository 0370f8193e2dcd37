"""A manager process keeps a list and a dict for the others: every use of them is a message there and back."""

import os
import time
from multiprocessing import Manager, Process

WORKERS = 3
PAUSE_SECONDS = 0.1


def work(number, results, table):
    results.append(number * number)
    time.sleep(PAUSE_SECONDS)
    table[number] = os.getpid()
    time.sleep(PAUSE_SECONDS)
    table["notes"].append(number)  # looks like the lines above


if __name__ == "__main__":
    with Manager() as manager:
        results = manager.list()
        table = manager.dict()
        table["notes"] = []
        workers = [Process(target=work, args=(number, results, table)) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"results: {sorted(results)}")
        print(f"keys:    {len(table)}")
        print(f"notes:   {sorted(table['notes'])}")
