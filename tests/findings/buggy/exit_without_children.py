# expect: orphan
import multiprocessing
import os
import time


def work():
    time.sleep(0.5)


if __name__ == "__main__":
    process = multiprocessing.Process(target=work)
    process.start()
    os._exit(0)
