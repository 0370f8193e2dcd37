# expect: data-race
import threading

ready = threading.Event()
order = ""


def prepare():
    global order
    ready.set()
    order = "tea"


thread = threading.Thread(target=prepare)
thread.start()
ready.wait()
print(order)
thread.join()
