# expect: lock-held-by-dead
import threading

lock = threading.Lock()
taken = threading.Event()


def work():
    lock.acquire()
    taken.set()
    int("no number")
    lock.release()


def follow():
    taken.wait()
    with lock:
        print("followed")


threads = [threading.Thread(target=work), threading.Thread(target=follow)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
