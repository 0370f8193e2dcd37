"""The same sum with threads and with processes: who gets a core of their own?
同一个求和，分别用线程和进程：谁能独占一个核？
"""

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

PARTS = 4


def work(part):
    return sum(number * number for number in range(part, 1_200_000, PARTS))


def measure(executor):
    began = time.perf_counter()
    with executor(max_workers=2) as pool:
        total = sum(pool.map(work, range(PARTS)))
    print(f"{executor.__name__}: {total} in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    measure(ThreadPoolExecutor)
    measure(ProcessPoolExecutor)
