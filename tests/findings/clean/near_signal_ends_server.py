import queue
import signal
import threading

jobs = queue.Queue()
stop = threading.Event()
signal.signal(signal.SIGALRM, lambda *_: stop.set())
signal.setitimer(signal.ITIMER_REAL, 0.7)


def serve():
    while (job := jobs.get()) is not None:
        print(job)


thread = threading.Thread(target=serve)
thread.start()
stop.wait()
jobs.put(None)
thread.join()
