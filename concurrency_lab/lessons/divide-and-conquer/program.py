"""A long sum, once in one process, once cut into parts for several: is it faster, and by how much?"""

import time
from concurrent.futures import ProcessPoolExecutor

NUMBERS = 3000000
WORKERS = 2
PARTS = 4


def add(first, end):
    return sum(number * number % 7 for number in range(first, end))


if __name__ == "__main__":
    began = time.perf_counter()
    whole = add(0, NUMBERS)
    alone_seconds = time.perf_counter() - began

    began = time.perf_counter()
    borders = [NUMBERS * part // PARTS for part in range(PARTS + 1)]
    with ProcessPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(add, borders[:-1], borders[1:]))
    together_seconds = time.perf_counter() - began

    print(f"one process:     {alone_seconds:.2f} s")
    print(f"{WORKERS} workers:       {together_seconds:.2f} s")
    print(f"times as fast:   {alone_seconds / together_seconds:.2f}")
    print(f"the same result: {sum(parts) == whole}")
