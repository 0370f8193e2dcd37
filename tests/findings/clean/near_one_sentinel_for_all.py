import queue
import threading

jobs = queue.Queue()


def consume():
    while (job := jobs.get()) is not None:
        print(job)
    jobs.put(None)


threads = [threading.Thread(target=consume) for _ in range(3)]
for thread in threads:
    thread.start()
for job in [*range(5), None]:
    jobs.put(job)
for thread in threads:
    thread.join()
