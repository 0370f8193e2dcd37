"""Two forks again, but the second one is made by the parent alone: three processes."""

import os
import time

WORK_SECONDS = 0.3

first = os.fork()
if first == 0:
    print(f"{os.getpid()}: I am the first child of {os.getppid()}")
    time.sleep(WORK_SECONDS)
    os._exit(0)

second = os.fork()
if second == 0:
    print(f"{os.getpid()}: I am the second child of {os.getppid()}")
    time.sleep(WORK_SECONDS)
    os._exit(0)

print(f"{os.getpid()}: my children are {first} and {second}")
for _ in range(2):
    pid, status = os.wait()
    print(f"{os.getpid()}: {'first' if pid == first else 'second'} child has ended")
