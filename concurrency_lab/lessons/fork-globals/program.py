"""A global variable that the child changes stays as it was in the parent: each has memory of its own."""

import os
import time

CHILD_SECONDS = 0.3

money = 100

pid = os.fork()

if pid == 0:
    time.sleep(CHILD_SECONDS)
    money = money + 1
    print(f"child:  money is {money}, at address {id(money):#x}")
    os._exit(0)

os.waitpid(pid, 0)
print(f"parent: money is {money}, at address {id(money):#x}")
