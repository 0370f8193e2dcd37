# races
import concurrent.futures
import threading
from multiprocessing.pool import ThreadPool

results = {}
state = "new"
ended = 0
lock = threading.Lock()


def work(name):
    results[name] = len(name)
    return name


def told(future):
    global ended
    with lock:
        ended += 1


def prepare():
    global state
    state = "ready"


names = ["a", "bb", "ccc"]
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    pool.submit(prepare).result()
    print(state)
    state = "go"
    futures = [pool.submit(work, name) for name in names]
    for future in futures:
        future.add_done_callback(told)
    for future in concurrent.futures.as_completed(futures):
        print(results[future.result()] > 0)
    state = "again"
    concurrent.futures.wait([pool.submit(prepare)])
    state = state + "!"
with lock:
    print(ended)


class Sum:
    def __init__(self):
        self.parts = [0, 0, 0]
        self.total = 0

    def part(self, index):
        self.parts[index] = index
        return index

    def add(self, value):
        self.total += value


sum_ = Sum()
with ThreadPool(2) as pool:
    for index in pool.map(sum_.part, range(3)):
        sum_.total += sum_.parts[index]
    for index in pool.imap(sum_.part, range(3)):
        sum_.total += sum_.parts[index]
    pool.apply_async(sum_.part, (1,), callback=sum_.add).wait()
    print(sum_.total)
