"""The same with threads: an exception ends a worker, and who notices is nobody but the one who catches it."""

import threading
import time
from queue import Queue

WORKERS = 2
TASKS = 6
DEADLY = 3
TASK_SECONDS = 0.15


def work(tasks, answers):
    while (task := tasks.get()) is not None:
        try:
            time.sleep(TASK_SECONDS)
            if task == DEADLY:
                raise RuntimeError(f"nobody can do task {task}")
            answers.put((task, task * task))
        except Exception:
            answers.put((task, None))  # the last words: a thread leaves no exit code
            raise


def hire():
    threading.Thread(target=work, args=(tasks, answers)).start()


tasks, answers = Queue(), Queue()
for task in range(TASKS):
    tasks.put(task)
for _ in range(WORKERS):
    hire()
for _ in range(TASKS):
    task, answer = answers.get()
    if answer is None:
        print(f"task {task}: its worker died; the master hires another")
        hire()
    else:
        print(f"task {task}: {answer}")
for _ in range(WORKERS):
    tasks.put(None)  # go home
print("the master goes home")
