# expect: zombie-left
import os
import time

for _ in range(2):
    if os.fork() == 0:
        os._exit(0)
time.sleep(60)
