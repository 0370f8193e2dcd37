# expect: lock-held-by-dead
import multiprocessing
import time


def work(lock, taken):
    with lock:
        taken.set()
        time.sleep(60)


def follow(lock):
    with lock:
        print("never")


if __name__ == "__main__":
    lock, taken = multiprocessing.RLock(), multiprocessing.Event()
    worker = multiprocessing.Process(target=work, args=(lock, taken))
    worker.start()
    taken.wait()
    follower = multiprocessing.Process(target=follow, args=(lock,))
    follower.start()
    worker.terminate()
    worker.join()
    follower.join()
