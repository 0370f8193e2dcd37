# expect: daemon-killed-mid-work
import threading
import time

sums = []


def count():
    sums.append(sum(n % 7 for n in range(30_000_000)))


thread = threading.Thread(target=count, daemon=True)
thread.start()
while time.process_time() < 0.5:
    time.sleep(0.05)
