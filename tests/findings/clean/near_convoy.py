# Many threads wake at the same instant, each to do a little: they queue up for the GIL, and their waits add up to more
# than the program's whole time. Yet most of that time everybody sleeps.
import threading
import time

ROUNDS, THREADS = 3, 50
barrier = threading.Barrier(THREADS)


def work():
    for _ in range(ROUNDS):
        time.sleep(1)
        barrier.wait()
        end_s = time.thread_time() + 0.003
        while time.thread_time() < end_s:
            pass


threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
