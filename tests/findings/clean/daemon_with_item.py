import queue
import threading
import time

jobs = queue.Queue()
begun = threading.Event()


def work():
    while True:
        job = jobs.get()
        begun.set()
        time.sleep(0.3)
        print("saved", job)
        jobs.task_done()


threading.Thread(target=work, daemon=True).start()
jobs.put("letter")
begun.wait()
jobs.join()
