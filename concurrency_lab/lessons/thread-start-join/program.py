"""A second thread counts, while the main thread waits for it to be done."""

import threading
import time

STEPS = 5
STEP_SECONDS = 0.1


def loop():
    me = threading.current_thread().name
    print(f"{me} begins")
    for number in range(1, STEPS + 1):
        print(f"{me} >>> {number}")
        time.sleep(STEP_SECONDS)
    print(f"{me} ends")


me = threading.current_thread().name
print(f"{me} begins")
thread = threading.Thread(target=loop, name="LoopThread")
thread.start()
thread.join()
print(f"{me} ends")
