"""Ten processes print two lines each, under one lock: nobody comes between the two."""

import time
from multiprocessing import Lock, Process

PROCESSES = 10
PAUSE_SECONDS = 0.1


def speak(number, lock):
    with lock:
        print(f"{number}: I begin ...")
        time.sleep(PAUSE_SECONDS)
        print(f"{number}: ... and end")


if __name__ == "__main__":
    lock = Lock()
    children = [Process(target=speak, args=(number, lock)) for number in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
