"""What a Process object knows: before the start, while it runs, after join with a time-out, after terminate."""

import time
from multiprocessing import Process

PATIENCE_SECONDS = 0.4
WORK_SECONDS = 30.0


def work():
    time.sleep(WORK_SECONDS)


def show(when):
    pid = "a number" if process.pid else process.pid
    print(f"{when}: pid={pid} is_alive={process.is_alive()} exitcode={process.exitcode}")


if __name__ == "__main__":
    process = Process(target=work, name="sleeper")
    show("before start")
    process.start()
    show("after start")
    process.join(PATIENCE_SECONDS)
    show("after join with a time-out")
    process.terminate()
    process.join()
    show("after terminate and join")
