"""A process writes letters into a queue, another one reads them for ever, until it is terminated."""

import time
from multiprocessing import JoinableQueue, Process

LETTERS = "ABC"
WRITE_SECONDS = 0.1
READ_SECONDS = 0.2


def write(queue):
    for letter in LETTERS:
        time.sleep(WRITE_SECONDS)
        print(f"writer: put {letter}")
        queue.put(letter)


def read(queue):
    while True:
        letter = queue.get()
        time.sleep(READ_SECONDS)
        print(f"reader: got {letter}")
        queue.task_done()


if __name__ == "__main__":
    queue = JoinableQueue()
    writer = Process(target=write, args=(queue,), name="writer")
    reader = Process(target=read, args=(queue,), name="reader")
    writer.start()
    reader.start()
    writer.join()  # all letters are in the queue
    queue.join()  # all letters have been dealt with
    reader.terminate()
    reader.join()
    print(f"writer: exit code {writer.exitcode}, reader: exit code {reader.exitcode}")
