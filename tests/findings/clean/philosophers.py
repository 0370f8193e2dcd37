import threading

forks = [threading.Lock() for _ in range(4)]
seated = threading.Barrier(4)


def dine(seat):
    lower, higher = sorted((seat, (seat + 1) % 4))
    seated.wait()
    with forks[lower], forks[higher]:
        print(seat, "eats")


threads = [threading.Thread(target=dine, args=(seat,)) for seat in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
