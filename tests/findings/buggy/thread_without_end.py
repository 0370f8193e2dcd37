# expect: never-joined
import threading

stop = threading.Event()


def tick():
    while not stop.wait(0.05):
        print("tick")


thread = threading.Thread(target=tick)
thread.start()
print("The program is over.")
