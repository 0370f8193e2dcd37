# races
import threading

balance = 0
lock = threading.Lock()


def change(n):
    global balance
    for _ in range(1000):
        with lock:
            balance = balance + n


threads = [threading.Thread(target=change, args=(n,)) for n in (5, -5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(balance)
