import multiprocessing
import os


def work(lock):
    lock.acquire()
    lock.release()
    os._exit(1)


if __name__ == "__main__":
    lock = multiprocessing.Lock()
    process = multiprocessing.Process(target=work, args=(lock,))
    process.start()
    process.join()
    with lock:
        print("never")
