# expect: deadlock
import threading

lock = threading.Lock()


def work():
    lock.acquire()
    print("once")
    lock.acquire()
    print("twice")


thread = threading.Thread(target=work)
thread.start()
thread.join()
