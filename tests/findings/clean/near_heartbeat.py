import threading
import time


def beat():
    while True:
        print("beat")
        time.sleep(0.1)


threading.Thread(target=beat, daemon=True).start()
time.sleep(0.45)
