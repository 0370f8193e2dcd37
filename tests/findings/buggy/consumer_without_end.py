# expect: queue-never-drained
import queue
import threading

jobs = queue.Queue()


def consume():
    while (job := jobs.get()) is not None:
        print(job)


thread = threading.Thread(target=consume)
thread.start()
for job in range(3):
    jobs.put(job)
thread.join()
