"""Two processes with three threads each: two memories, two GILs, six threads."""

import threading
from multiprocessing import Process

PROCESSES = 2
THREADS = 3
ROUNDS = 6_000_000

done = []


def spin(name):
    x = 0
    for _ in range(ROUNDS):
        x ^= 1
    done.append(name)  # one list for all threads of this process, and another one in the next process


def run_threads(letter):
    names = [f"{letter}{number}" for number in range(1, THREADS + 1)]
    threads = [threading.Thread(target=spin, args=(name,), name=name) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"process {letter}: {sorted(done)}")


if __name__ == "__main__":
    processes = [Process(target=run_threads, args=(letter,), name=letter) for letter in "ABCD"[:PROCESSES]]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(f"main process: {done}")
