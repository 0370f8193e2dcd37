"""The main process comes to its end while its child still works."""

import time
from multiprocessing import Process

WORK_SECONDS = 1.2


def work():
    print("child: work begins")
    time.sleep(WORK_SECONDS)
    print("child: work ends")


if __name__ == "__main__":
    process = Process(target=work)
    process.start()
    print("main:  that was my last line")
