import threading

first = threading.Lock()
second = threading.Lock()
both = threading.Barrier(2)


def move(mine, other):
    both.wait()
    with mine, other:
        print("moved")


threads = [threading.Thread(target=move, args=pair) for pair in [(first, second), (first, second)]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
