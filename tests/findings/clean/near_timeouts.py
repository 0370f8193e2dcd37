import threading

first, second = threading.Lock(), threading.Lock()
both = threading.Barrier(2)
changed = threading.Condition()


def move(mine, other):
    with mine:
        both.wait()
        if other.acquire(timeout=0.6):
            other.release()
        both.wait()


threads = [threading.Thread(target=move, args=pair) for pair in [(first, second), (second, first)]]
for thread in threads:
    thread.start()
with changed:
    changed.notify()
    changed.wait(0.5)
for thread in threads:
    thread.join()
