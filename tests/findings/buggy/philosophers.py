# expect: deadlock
import threading

forks = [threading.Lock() for _ in range(4)]
seated = threading.Barrier(4)


def dine(seat):
    left, right = forks[seat], forks[(seat + 1) % 4]
    with left:
        seated.wait()
        with right:
            print(seat, "eats")


threads = [threading.Thread(target=dine, args=(seat,)) for seat in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
