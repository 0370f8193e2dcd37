"""Two workers say something each, in an order that nobody fixes."""

import threading
import time

WORKERS = 2
PAUSE_SECONDS = 0.02
lock = threading.Lock()


def work(n):
    with lock:
        time.sleep(PAUSE_SECONDS)
        print(f"worker {n}")


threads = [threading.Thread(target=work, args=(n,), name=f"worker-{n}") for n in range(WORKERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all", WORKERS, "done")
