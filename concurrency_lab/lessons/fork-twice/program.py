"""os.fork is called once and returns twice: from there on, two processes run the same lines."""

import os
import sys
import time

CHILD_SECONDS = 0.6
PARENT_SECONDS = 0.2
EXIT_CODE = 3

# Flushed, because the child gets a copy of everything in memory: also of what is printed but not yet written.
print(f"before the fork there is one process: {os.getpid()}", flush=True)

pid = os.fork()

if pid == 0:
    print(f"child:  fork gave me {pid}. I am {os.getpid()}, my parent is {os.getppid()}")
    time.sleep(CHILD_SECONDS)
    print("child:  done")
    sys.exit(EXIT_CODE)

print(f"parent: fork gave me {pid}. That is my child; I am still {os.getpid()}")
time.sleep(PARENT_SECONDS)
_, status = os.waitpid(pid, 0)
print(f"parent: child {pid} has ended with exit code {os.waitstatus_to_exitcode(status)}")
