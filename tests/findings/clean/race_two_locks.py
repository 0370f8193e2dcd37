# races
import threading

total = 0
first = threading.Lock()


def add(lock):
    global total
    for _ in range(100):
        with lock:
            total += 1


threads = [threading.Thread(target=add, args=(lock,)) for lock in (first, first)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total)
