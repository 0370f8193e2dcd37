"""After a fork, parent and child go on at once: two loops, and nobody says whose turn it is."""

import os
import time

STEPS = 6
STEP_SECONDS = 0.05

pid = os.fork()
name = "child" if pid == 0 else "parent"

for step in range(STEPS):
    print(f"{name} {step}")
    time.sleep(STEP_SECONDS)

if pid == 0:
    os._exit(0)

os.waitpid(pid, 0)
print("both are done")
