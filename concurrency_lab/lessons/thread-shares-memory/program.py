"""Three threads write into the same list and the same number: there is only one of each."""

import threading
import time

WORKERS = 3
STAY_SECONDS = 0.15

visitors = []
count = 0


def visit(name):
    global count
    count = count + 1
    visitors.append(name)
    time.sleep(STAY_SECONDS)
    print(f"{name}: count is {count}, visitors {visitors}")


if __name__ == "__main__":
    for number in range(1, WORKERS + 1):
        worker = threading.Thread(target=visit, args=(f"guest-{number}",), name=f"guest-{number}")
        worker.start()
        worker.join()
    print(f"main: count is {count}, visitors {visitors}")
