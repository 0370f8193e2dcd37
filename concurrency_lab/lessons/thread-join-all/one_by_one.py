"""Each thread is joined right after its start: one after the other, as if there were no threads."""

import threading
import time

THREADS = 3
STEPS = 3
STEP_SECONDS = 0.15


class MyThread(threading.Thread):
    def run(self):
        for number in range(STEPS):
            print(f"{self.name}: number {number}")
            time.sleep(STEP_SECONDS)
        print(f"{self.name}: over")


print("main: begins")
threads = [MyThread() for _ in range(THREADS)]
for thread in threads:
    thread.start()
    thread.join()
print("main: over")
