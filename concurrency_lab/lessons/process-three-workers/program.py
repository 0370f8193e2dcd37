"""Three workers of different length, and what their parent can ask about them."""

import multiprocessing
import time

SHORTEST_SECONDS = 0.4


def work(seconds):
    name = multiprocessing.current_process().name
    print(f"{name} begins, for {seconds:.1f} s")
    time.sleep(seconds)
    print(f"{name} ends")


if __name__ == "__main__":
    workers = [
        multiprocessing.Process(target=work, args=(SHORTEST_SECONDS * times,), name=name)
        for times, name in ((1, "short"), (2, "medium"), (3, "long"))
    ]
    for worker in workers:
        worker.start()

    print(f"this machine has {multiprocessing.cpu_count()} CPUs")
    for child in multiprocessing.active_children():
        print(f"active: {child.name}, process {child.pid}")
    print("the last line of the program")
