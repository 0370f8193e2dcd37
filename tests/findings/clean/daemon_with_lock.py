import threading
import time

lock = threading.Lock()
half = threading.Event()


def transfer():
    with lock:
        half.set()
        time.sleep(0.3)
        print("the other half")


thread = threading.Thread(target=transfer, daemon=True)
thread.start()
half.wait()
thread.join()
