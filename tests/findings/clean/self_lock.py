import threading

lock = threading.RLock()


def total(items):
    with lock:
        return sum(items)


def report(items):
    with lock:
        print(total(items))


report([1, 2, 3])
