# expect: deadlock
import multiprocessing


def work(lock):
    with lock:
        print("worked")


if __name__ == "__main__":
    lock = multiprocessing.Lock()
    process = multiprocessing.Process(target=work, args=(lock,))
    with lock:
        process.start()
        process.join()
