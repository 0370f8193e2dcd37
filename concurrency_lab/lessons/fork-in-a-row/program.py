"""Two forks one after the other: the second line is run by two processes, so there are four in the end."""

import os
import time

FORKS = 2
WORK_SECONDS = 0.3

family = "root"
children = []

for number in range(FORKS):
    pid = os.fork()
    if pid == 0:
        family = f"{family} > child {number}"
        children = []
    else:
        children.append(pid)

print(f"{os.getpid()} ({family}): children of my own: {len(children)}")
time.sleep(WORK_SECONDS)
for pid in children:
    os.waitpid(pid, 0)
