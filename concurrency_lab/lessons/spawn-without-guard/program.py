"""spawn, and no `if __name__ == "__main__"`: the child imports this file, and would start a child as well."""

import multiprocessing
import os

METHOD = "spawn"


def work():
    print("child:  hello")


print(f"process {os.getpid()} runs this file as {__name__}")
process = multiprocessing.get_context(METHOD).Process(target=work)
process.start()
process.join()
print(f"parent: the child's exit code is {process.exitcode}")
