import queue
import threading

jobs = queue.Queue()


def work():
    while True:
        print(jobs.get())
        jobs.task_done()


threading.Thread(target=work, daemon=True).start()
for job in range(3):
    jobs.put(job)
jobs.join()
