# expect: deadlock
import threading

ping = threading.Event()
pong = threading.Event()


def one():
    ping.wait()
    pong.set()


def two():
    pong.wait()
    ping.set()


threads = [threading.Thread(target=one), threading.Thread(target=two)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
