import multiprocessing
import queue
import threading
import time


def work(results):
    time.sleep(0.6)
    results.put("done")


if __name__ == "__main__":
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=work, args=(results,))
    process.start()
    print(results.get())
    process.join()
    here = queue.Queue()
    threading.Thread(target=work, args=(here,)).start()
    print(here.get())
