import threading
import time

lock = threading.Lock()


def release_later():
    time.sleep(0.6)
    lock.release()


taker = threading.Thread(target=lock.acquire)
taker.start()
taker.join()
threading.Thread(target=release_later).start()
with lock:
    print("handed over")
