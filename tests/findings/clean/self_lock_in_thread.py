import threading

lock = threading.Lock()


def work():
    lock.acquire()
    print("once")
    lock.release()
    lock.acquire()
    print("twice")
    lock.release()


thread = threading.Thread(target=work)
thread.start()
thread.join()
