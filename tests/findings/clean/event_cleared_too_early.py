import threading

go = threading.Event()


def run():
    go.wait()
    print("goes")


go.set()
thread = threading.Thread(target=run)
thread.start()
thread.join()
