"""Ten threads and one Event: who finds it set clears it and waits, who finds it cleared sets it again."""

import threading
import time

THREADS = 10
GAP_SECONDS = 0.05
PATIENCE_SECONDS = 0.3

gate = threading.Event()
gate.set()


def visit():
    name = threading.current_thread().name
    if gate.is_set():  # looks first ...
        gate.clear()  # ... and acts later: another thread may have been faster
        gate.wait()
        print(f"{name} was let through")
    else:
        print(f"{name} opens the gate")
        gate.set()


threads = [threading.Thread(target=visit, name=str(number)) for number in range(THREADS)]
for thread in threads:
    thread.start()
    time.sleep(GAP_SECONDS)

for thread in threads:
    thread.join(PATIENCE_SECONDS)
    while thread.is_alive():
        print(f"main opens the gate: nobody else is left to do it for {thread.name}")
        gate.set()
        thread.join(PATIENCE_SECONDS)
