"""A writer puts letters into a queue, a reader takes them out; the last item says that there are no more."""

import queue
import string
import threading
import time

ITEMS = 6
MAXSIZE = 0
WRITE_SECONDS = 0.1
READ_SECONDS = 0.25
NO_MORE = None

letters = queue.Queue(MAXSIZE)


def write():
    for letter in string.ascii_uppercase[:ITEMS]:
        time.sleep(WRITE_SECONDS)
        print(f"writer: here comes {letter}")
        letters.put(letter)
    letters.put(NO_MORE)


def read():
    while True:
        letter = letters.get()
        if letter is NO_MORE:
            print("reader: that was the last one")
            break
        print(f"reader: got {letter}, {letters.qsize()} more in the queue")
        time.sleep(READ_SECONDS)


writer = threading.Thread(target=write, name="writer")
reader = threading.Thread(target=read, name="reader")
writer.start()
reader.start()
writer.join()
reader.join()
