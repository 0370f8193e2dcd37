"""The same program under each start method: what a child inherits, what is run again, what a start costs."""

import multiprocessing
import os
import time

METHOD = "fork"
CHILDREN = 2

print(f"the top of the file runs in process {os.getpid()}, as {__name__}")
money = 100


def work(called_at):
    cost_ms = (time.monotonic() - called_at) * 1000
    print(f"child of {os.getppid()}: money is {money}, {cost_ms:.0f} ms after the call of start()")


if __name__ == "__main__":
    money = 101
    print(f"parent: money is {money}")
    context = multiprocessing.get_context(METHOD)
    for _ in range(CHILDREN):
        child = context.Process(target=work, args=(time.monotonic(),))
        child.start()
        child.join()
