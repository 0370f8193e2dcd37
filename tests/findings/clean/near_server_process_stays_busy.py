import os
import time

pid = os.fork()
if pid == 0:
    os._exit(0)
time.sleep(0.6)
os.waitpid(pid, 0)
