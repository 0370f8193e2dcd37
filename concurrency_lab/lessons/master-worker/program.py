"""A master hands out tasks, workers do them. One worker dies of its task; the master hires another."""

import os
import signal
import time
from multiprocessing import Pipe, Process
from multiprocessing.connection import wait

WORKERS = 2
TASKS = 6
DEADLY = 3
TASK_SECONDS = 0.15


def work(pipe):
    while (task := pipe.recv()) is not None:
        time.sleep(TASK_SECONDS)
        if task == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        pipe.send(task * task)


def hire():
    ours, theirs = Pipe()
    Process(target=work, args=(theirs,)).start()
    theirs.close()  # the worker alone holds that end now: when it dies, we read the end of the pipe
    return ours


def give_task(pipe):
    if todo:
        at_work[pipe] = todo.pop(0)
    pipe.send(at_work.get(pipe))  # None: go home


if __name__ == "__main__":
    todo, at_work = list(range(TASKS)), {}
    for _ in range(WORKERS):
        give_task(hire())
    while at_work:
        for pipe in wait(at_work):
            task = at_work.pop(pipe)
            try:
                print(f"task {task}: {pipe.recv()}")
            except EOFError:
                print(f"task {task}: its worker died; the master hires another")
                pipe = hire()
            give_task(pipe)
    print("the master goes home")
