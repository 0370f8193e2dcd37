"""Four threads take one lock 100,000 times, in bursts: 200,000 events in about ten seconds."""

import threading
import time

BURSTS = 500
BURST = 50

lock = threading.Lock()


def work():
    for _ in range(BURSTS):
        for _ in range(BURST):
            with lock:
                pass
        time.sleep(0.018)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
