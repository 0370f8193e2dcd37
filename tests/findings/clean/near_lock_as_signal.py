import threading
import time

gate = threading.Lock()


def open_later():
    time.sleep(0.6)
    gate.release()


gate.acquire()
threading.Thread(target=open_later).start()
gate.acquire()
print("The gate is open.")
