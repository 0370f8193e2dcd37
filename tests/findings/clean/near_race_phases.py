# races
import threading

N = 3
phase = 0
rows = [0] * N


def next_phase():
    global phase
    phase += 1


step = threading.Barrier(N, next_phase)


def work(me):
    for _ in range(5):
        rows[me] = rows[me] + phase
        step.wait()
        left = (me - 1) % N
        seen = rows[left]
        step.wait()
        rows[me] = seen


threads = [threading.Thread(target=work, args=(me,)) for me in range(N)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(rows, phase)
