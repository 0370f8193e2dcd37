# expect: orphan
import os
import time

pid = os.fork()
if pid == 0:
    time.sleep(0.3)
    os._exit(0)
print("The parent is done.")
