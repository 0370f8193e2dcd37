# expect: lost-wakeup
import threading

changed = threading.Condition()
is_ready = False


def wait():
    with changed:
        changed.wait()


with changed:
    is_ready = True
    changed.notify()
thread = threading.Thread(target=wait)
thread.start()
thread.join()
