"""A master serves two queues on a port. Workers, programs of their own, take a number and give back its square."""

import queue
import subprocess
import sys
import time
from multiprocessing.managers import BaseManager

WORKERS = 2
TASKS = 6
WORK_SECONDS = 0.2
KEY = b"abc"

tasks = queue.Queue()
results = queue.Queue()


class Queues(BaseManager):
    pass


Queues.register("tasks", callable=lambda: tasks)
Queues.register("results", callable=lambda: results)


def master():
    with Queues(("127.0.0.1", 0), KEY) as server:  # port 0: any that is free
        todo = server.tasks()
        done = server.results()
        me = [sys.executable, __file__, str(server.address[1])]
        workers = [subprocess.Popen([*me, str(number)]) for number in range(1, WORKERS + 1)]
        for item in [*range(1, TASKS + 1), *[None] * WORKERS]:  # None: no more, one for each worker
            todo.put(item)
        print("in the master's own tasks:", tasks.qsize())
        for _ in range(TASKS):
            print("master:", done.get())
        for worker in workers:
            worker.wait()


def work(port, number):
    server = Queues(("127.0.0.1", port), KEY)
    server.connect()
    todo, done = server.tasks(), server.results()
    while (n := todo.get()) is not None:
        time.sleep(WORK_SECONDS)
        done.put(f"{n} * {n} = {n * n}, says worker {number}")


if len(sys.argv) == 1:
    master()
else:
    work(int(sys.argv[1]), int(sys.argv[2]))
