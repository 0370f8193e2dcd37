import threading

lock = threading.RLock()


def work():
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()


thread = threading.Thread(target=work)
thread.start()
thread.join()
lock.acquire()
