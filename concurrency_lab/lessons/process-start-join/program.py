"""multiprocessing.Process: start a function in a process of its own, and join it."""

import os
import time
from multiprocessing import Process

WORK_SECONDS = 0.6


def work(name):
    print(f"child:  hello {name}, I am {os.getpid()}, my parent is {os.getppid()}")
    time.sleep(WORK_SECONDS)
    print("child:  done")


if __name__ == "__main__":
    process = Process(target=work, args=("world",))
    print(f"parent: I am {os.getpid()}; so far there is only an object")
    process.start()
    print("parent: started, now I wait")
    process.join()
    print(f"parent: process {process.pid} has ended")
