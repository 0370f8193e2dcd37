import threading
import time

changed = threading.Condition()
items = []


def consume():
    for _ in range(3):
        with changed:
            while not items:
                changed.wait()
            print(items.pop())


thread = threading.Thread(target=consume)
with changed:
    items.append(0)
    changed.notify()
thread.start()
for n in (1, 2):
    time.sleep(0.4)
    with changed:
        items.append(n)
        changed.notify()
thread.join()
