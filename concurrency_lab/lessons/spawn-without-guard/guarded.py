"""The same with the guard: what is not for the child stands under it."""

import multiprocessing
import os

METHOD = "spawn"


def work():
    print("child:  hello")


print(f"process {os.getpid()} runs this file as {__name__}")
if __name__ == "__main__":
    process = multiprocessing.get_context(METHOD).Process(target=work)
    process.start()
    process.join()
    print(f"parent: the child's exit code is {process.exitcode}")
