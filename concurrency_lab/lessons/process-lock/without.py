"""The same ten processes without a lock: each prints its two lines when it comes to them."""

import time
from multiprocessing import Process

PROCESSES = 10
PAUSE_SECONDS = 0.1


def speak(number):
    print(f"{number}: I begin ...")
    time.sleep(PAUSE_SECONDS)
    print(f"{number}: ... and end")


if __name__ == "__main__":
    children = [Process(target=speak, args=(number,)) for number in range(PROCESSES)]
    for child in children:
        child.start()
    for child in children:
        child.join()
