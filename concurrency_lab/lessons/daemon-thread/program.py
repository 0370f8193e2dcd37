"""Main, a foreground thread and a daemon: the process ends when the foreground is over, wherever the daemon is."""

import threading
import time

FOREGROUND_SECONDS = 0.6
TICK_SECONDS = 0.1


def foreground():
    print("foreground: works")
    time.sleep(FOREGROUND_SECONDS)
    print("foreground: done")


def daemon():
    try:
        while True:
            print("daemon: tick")
            time.sleep(TICK_SECONDS)
    finally:
        print("daemon: tidied up")


worker = threading.Thread(target=foreground, name="foreground")
ticker = threading.Thread(target=daemon, name="daemon", daemon=True)
print(f"main: daemon? foreground {worker.daemon}, ticker {ticker.daemon}")
worker.start()
ticker.start()
try:
    worker.daemon = True
except RuntimeError as error:
    print(f"main: too late: {error}")
print("main: done")
