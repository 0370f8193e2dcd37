"""Dining philosophers: five threads, five forks, and nobody eats
哲学家就餐：五个线程、五把叉子，谁也吃不上饭
"""

import threading

SEATS = 5
forks = [threading.Lock() for _ in range(SEATS)]
seated = threading.Barrier(SEATS)


def dine(seat):
    left, right = forks[seat], forks[(seat + 1) % SEATS]
    with left:
        # Everybody holds a fork before anybody reaches for the second one.
        seated.wait()
        with right:
            print(f"philosopher {seat} eats")


philosophers = [threading.Thread(target=dine, args=(seat,), name=f"P{seat}", daemon=True) for seat in range(SEATS)]
for philosopher in philosophers:
    philosopher.start()
for philosopher in philosophers:
    philosopher.join(timeout=0.5)
hungry = sum(philosopher.is_alive() for philosopher in philosophers)
print(f"{hungry} of {SEATS} wait for a fork for ever")
