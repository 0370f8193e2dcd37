"""Three sleeps, each in a thread."""

import threading
import time

NAPS = 3
NAP_SECONDS = 0.2

threads = [threading.Thread(target=time.sleep, args=(NAP_SECONDS,)) for _ in range(NAPS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("slept in threads")
