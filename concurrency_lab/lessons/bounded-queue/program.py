"""A baker is quicker than the one who eats; the shelf has room for two, and a full shelf makes the baker wait."""

import queue
import threading
import time

LOAVES = 8
ROOM = 2
BAKE_SECONDS = 0.02
EAT_SECONDS = 0.15

shelf = queue.Queue(maxsize=ROOM)


def bake():
    for number in range(1, LOAVES + 1):
        time.sleep(BAKE_SECONDS)
        shelf.put(number)
        print(f"baker: loaf {number} is on the shelf")
    print("baker: done")


def eat():
    for _ in range(LOAVES):
        number = shelf.get()
        time.sleep(EAT_SECONDS)
        print(f"eater: ate loaf {number}")


baker = threading.Thread(target=bake, name="baker")
eater = threading.Thread(target=eat, name="eater")
baker.start()
eater.start()
baker.join()
eater.join()
print(f"left on the shelf: {shelf.qsize()}")
