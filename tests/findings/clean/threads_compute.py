import multiprocessing


def count(n):
    while n:
        n -= 1


if __name__ == "__main__":
    processes = [multiprocessing.Process(target=count, args=(8_000_000,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
