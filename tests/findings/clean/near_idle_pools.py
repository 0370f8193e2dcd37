import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor


def square(n):
    return n * n


if __name__ == "__main__":
    with ThreadPoolExecutor(3) as threads, multiprocessing.Pool(2) as processes:
        print(list(threads.map(square, range(5))))
        print(processes.map(square, range(5)))
        time.sleep(0.5)
        print(processes.apply_async(square, (3,)).get())
