# expect: queue-never-drained
import queue
import threading

jobs = queue.Queue()


def work():
    while True:
        print(jobs.get())


threading.Thread(target=work, daemon=True).start()
for job in range(3):
    jobs.put(job)
jobs.join()
