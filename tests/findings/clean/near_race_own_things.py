# races
import threading
import time

mine = threading.local()


class Job:
    def __init__(self, size):
        self.size = size
        self.done = 0

    def run(self):
        while self.done < self.size:
            self.done += 1
        mine.done = self.done
        mine.done += 1


def work():
    # Each object is gone before the next one is made, often at the same address.
    for _ in range(50):
        Job(3).run()
        time.sleep(0)


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
