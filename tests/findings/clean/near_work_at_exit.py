import threading
import time


def save():
    time.sleep(0.5)
    print("saved")


threading.Thread(target=save).start()
print("The main thread is done.")
