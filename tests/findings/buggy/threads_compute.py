# expect: gil-bound
import threading


def count(n):
    while n:
        n -= 1


threads = [threading.Thread(target=count, args=(8_000_000,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
