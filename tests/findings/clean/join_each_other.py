import threading

started = threading.Event()


def first():
    started.wait()
    print("first")


def second():
    one.join()


one = threading.Thread(target=first)
two = threading.Thread(target=second)
one.start()
two.start()
started.set()
two.join()
