import multiprocessing
import time


def work():
    time.sleep(0.5)


if __name__ == "__main__":
    process = multiprocessing.Process(target=work)
    process.start()
    process.join()
