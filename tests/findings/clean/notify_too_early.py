import threading

changed = threading.Condition()
is_ready = False


def wait():
    with changed:
        changed.wait_for(lambda: is_ready)


with changed:
    is_ready = True
    changed.notify()
thread = threading.Thread(target=wait)
thread.start()
thread.join()
