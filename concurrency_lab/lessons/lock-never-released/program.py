"""A thread dies with the lock in its hand: an exception comes between acquire and release."""

import threading

prices = ["12", "7", "five", "30"]
total = 0
lock = threading.Lock()


def add_up(items):
    global total
    me = threading.current_thread().name
    for item in items:
        lock.acquire()
        total = total + int(item)
        print(f"{me}: total is {total}")
        lock.release()


clumsy = threading.Thread(target=add_up, args=(prices,), name="clumsy")
clumsy.start()
clumsy.join()
print(f"main: clumsy is over, the lock is {'taken' if lock.locked() else 'free'}")
others = [threading.Thread(target=add_up, args=(["1"],), name=f"patient-{number}") for number in (1, 2)]
for other in others:
    other.start()
for other in others:
    other.join()
print(f"main: total is {total}")
