# expect: queue-never-drained
import queue
import threading

jobs = queue.Queue()


def consume():
    while (job := jobs.get()) is not None:
        print(job)


threads = [threading.Thread(target=consume) for _ in range(2)]
for thread in threads:
    thread.start()
for job in range(5):
    jobs.put(job)
jobs.put(None)
for thread in threads:
    thread.join()
