# expect: deadlock
import threading

together = threading.Barrier(3)


def arrive():
    together.wait()
    print("through")


threads = [threading.Thread(target=arrive) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
