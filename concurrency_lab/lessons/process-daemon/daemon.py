"""The same, but the child is a daemon: it does not outlive the main process."""

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
    print("main:  that was my last line")
