"""A daemon as well, but the main process waits for it."""

import time
from multiprocessing import Process

WORK_SECONDS = 1.2


def work():
    print("child: work begins")
    time.sleep(WORK_SECONDS)
    print("child: work ends")


if __name__ == "__main__":
    process = Process(target=work, daemon=True)
    process.start()
    process.join()
    print("main:  that was my last line")
