import threading

lock = threading.Lock()
taken = threading.Event()


def work():
    with lock:
        taken.set()
        int("no number")


def follow():
    taken.wait()
    with lock:
        print("followed")


threads = [threading.Thread(target=work), threading.Thread(target=follow)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
