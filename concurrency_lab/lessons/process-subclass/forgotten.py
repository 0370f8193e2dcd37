"""The same class, but its __init__ forgets the one that it inherits."""

import time
from multiprocessing import Process

TICKS = 4
TICK_SECONDS = 0.15


class Clock(Process):
    def __init__(self, ticks):
        self.ticks = ticks
        self.ticked = 0

    def run(self):
        while self.ticked < self.ticks:
            time.sleep(TICK_SECONDS)
            self.ticked += 1
            print(f"clock: {self.ticked} of {self.ticks}")


if __name__ == "__main__":
    clock = Clock(TICKS)
    print("main:  the object is made")
    clock.start()
    clock.join()
    print(f"main:  the clock has ticked {clock.ticked} times")
