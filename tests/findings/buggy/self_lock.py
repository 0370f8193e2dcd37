# expect: deadlock
import threading

lock = threading.Lock()


def total(items):
    with lock:
        return sum(items)


def report(items):
    with lock:
        print(total(items))


report([1, 2, 3])
