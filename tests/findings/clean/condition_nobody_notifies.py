import threading

changed = threading.Condition()
ready = []


def wait():
    with changed:
        while not ready:
            changed.wait()


thread = threading.Thread(target=wait)
thread.start()
with changed:
    ready.append(1)
    changed.notify()
thread.join()
