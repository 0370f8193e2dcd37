"""The parent ends first. Its child lives on, and another process becomes its parent."""

import os
import time

PARENT_SECONDS = 0.3
ALONE_SECONDS = 0.5
PATIENCE_SECONDS = 5.0

born_of = os.getpid()
pid = os.fork()

if pid == 0:
    print(f"child:  process {born_of} has made me")
    begun = time.monotonic()
    # Whoever is my parent now: the kernel is asked each time.
    while os.getppid() == born_of and time.monotonic() - begun < PATIENCE_SECONDS:
        time.sleep(0.02)
    who = "the same" if os.getppid() == born_of else "process 1" if os.getppid() == 1 else "another one"
    print(f"child:  my parent is {os.getppid()}: {who}")
    time.sleep(ALONE_SECONDS)
    print("child:  done")
    os._exit(7)

print(f"parent: I am {born_of}, my child is {pid}")
time.sleep(PARENT_SECONDS)
print("parent: I end here")
