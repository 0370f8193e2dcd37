"""The same window. At frame 3 somebody clicks, and the long job begins in a thread of its own."""

import queue
import threading
import time

FRAME_SECONDS = 0.05
ROUNDS = 14_000_000
CLICK_AT = 3

results = queue.SimpleQueue()


def job():
    print("job begins")
    total = 0
    for number in range(ROUNDS):
        total += number
    print("job ends")
    results.put(total)


def on_click():
    threading.Thread(target=job, name="job").start()


frame = 0
longest = 0.0
drawn = time.perf_counter()
while results.empty() or frame < CLICK_AT + 3:
    time.sleep(FRAME_SECONDS)
    frame += 1
    longest = max(longest, time.perf_counter() - drawn)
    drawn = time.perf_counter()
    print(f"frame {frame}")
    if frame == CLICK_AT:
        on_click()
print(f"the longest time between two frames: {longest:.2f} s; the job's result: {results.get()}")
