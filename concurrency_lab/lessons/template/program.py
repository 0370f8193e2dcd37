"""Three threads count; the main thread waits for all of them."""

import threading
import time

THREADS = 3
WORK_SECONDS = 0.2


def work(number):
    time.sleep(WORK_SECONDS)
    print("thread", number, "is done")


threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all", THREADS, "are done")
