"""Homework in five subjects: one after the other, or a bit of each in turn. Only the switching differs."""

import resource
import threading
import time

PAGES = 200
SLICE = 200
PAGE_ROUNDS = 3000

SUBJECTS = ["Chinese", "maths", "English", "physics", "chemistry"]
turns = [threading.Semaphore(0) for _ in SUBJECTS]


def do_homework(number):
    for page in range(PAGES):
        if page % SLICE == 0:
            turns[number].acquire()  # my books are on the desk
        for _ in range(PAGE_ROUNDS):
            pass
        if (page + 1) % SLICE == 0 or page + 1 == PAGES:
            if page + 1 == PAGES:
                print(f"{SUBJECTS[number]} is done after {time.perf_counter() - began:.3f} s")
            turns[(number + 1) % len(SUBJECTS)].release()  # the next subject's turn


threads = [threading.Thread(target=do_homework, args=(n,), name=s) for n, s in enumerate(SUBJECTS)]
for thread in threads:
    thread.start()
began, switches = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
turns[0].release()
for thread in threads:
    thread.join()
wall, switches = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - switches
print(f"slices of {SLICE} pages: {wall:.3f} s, {switches} switches")
