import threading
import time

room, items = threading.Semaphore(1), threading.Semaphore(0)
buffer = []


def produce():
    for n in range(3):
        room.acquire()
        buffer.append(n)
        items.release()


def consume():
    time.sleep(0.6)
    for _ in range(6):
        items.acquire()
        print(buffer.pop())
        room.release()


threads = [threading.Thread(target=function) for function in (produce, produce, consume)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
