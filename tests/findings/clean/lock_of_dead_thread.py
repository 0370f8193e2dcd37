import threading

lock = threading.Lock()


def work():
    lock.acquire()
    print("worked")
    lock.release()


thread = threading.Thread(target=work)
thread.start()
thread.join()
with lock:
    print("never")
