# expect: deadlock
import threading

lock = threading.Lock()


def work():
    with lock:
        print("worked")


thread = threading.Thread(target=work)
with lock:
    thread.start()
    thread.join()
