"""Two processes and a pipe: numbers go one way, squares come back, and closing an end says that it is over."""

import os
import time
from multiprocessing import Pipe, Process

NUMBERS = 4
WORK_SECONDS = 0.1


def square(my_end, your_end):
    your_end.close()  # this process has a copy of it: while any copy is open, no end is in sight
    while True:
        try:
            number = my_end.recv()
        except EOFError:
            print(f"child {os.getpid()}: nobody can send any more")
            break
        time.sleep(WORK_SECONDS)
        my_end.send(number * number)


if __name__ == "__main__":
    here, there = Pipe()
    child = Process(target=square, args=(there, here))
    child.start()
    there.close()
    for number in range(1, NUMBERS + 1):
        here.send(number)
        print(f"parent {os.getpid()}: {number} squared is {here.recv()}")
    here.close()
    child.join()
    print(f"parent {os.getpid()}: the child's exit code is {child.exitcode}")
