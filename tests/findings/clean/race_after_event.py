# races
import threading

ready = threading.Event()
order = ""


def prepare():
    global order
    order = "tea"
    ready.set()


thread = threading.Thread(target=prepare)
thread.start()
ready.wait()
print(order)
thread.join()
