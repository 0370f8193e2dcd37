# expect: lost-wakeup
import threading

go = threading.Event()


def run():
    go.wait()
    print("goes")


go.set()
go.clear()
thread = threading.Thread(target=run)
thread.start()
thread.join()
