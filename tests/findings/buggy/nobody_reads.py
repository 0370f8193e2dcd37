# expect: queue-never-drained
import queue
import threading

results = queue.Queue()


def work(n):
    results.put(n * n)


threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("done")
