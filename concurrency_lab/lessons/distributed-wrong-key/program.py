"""A worker with a wrong key is refused. The master does not even notice, and the next worker is served."""

import queue
import subprocess
import sys
from multiprocessing import AuthenticationError
from multiprocessing.managers import BaseManager

TASKS = 3
KEY = "abc"
WRONG_KEY = "xyz"

tasks = queue.Queue()
results = queue.Queue()


class Queues(BaseManager):
    pass


Queues.register("tasks", callable=lambda: tasks)
Queues.register("results", callable=lambda: results)


def master():
    with Queues(("127.0.0.1", 0), KEY.encode()) as server:
        todo = server.tasks()
        done = server.results()
        for n in range(1, TASKS + 1):
            todo.put(n)
        for key in [WRONG_KEY, KEY]:
            worker = subprocess.run([sys.executable, __file__, str(server.address[1]), key])
            print(f"master: key {key}, exit code {worker.returncode}, {todo.qsize()} to do, {done.qsize()} done")
        print("master: the squares are", [done.get() for _ in range(done.qsize())])


def work(port, key):
    server = Queues(("127.0.0.1", port), key.encode())
    try:
        server.connect()
    except AuthenticationError as error:
        sys.exit(f"worker: key {key}, refused: {error}")
    todo, done = server.tasks(), server.results()
    for _ in range(TASKS):
        done.put(todo.get() ** 2)


if len(sys.argv) == 1:
    master()
else:
    work(int(sys.argv[1]), sys.argv[2])
