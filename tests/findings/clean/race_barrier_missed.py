# races
import threading

both = threading.Barrier(2)
parts = [0, 0]


def work(me):
    parts[me] = me + 1
    both.wait()
    other = 1 - me
    print(parts[other])


threads = [threading.Thread(target=work, args=(me,)) for me in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
