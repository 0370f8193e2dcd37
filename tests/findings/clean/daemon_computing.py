import threading

sums = []


def count():
    sums.append(sum(n % 7 for n in range(3_000_000)))


thread = threading.Thread(target=count, daemon=True)
thread.start()
thread.join()
