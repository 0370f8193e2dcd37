import threading

go = threading.Event()
go.set()
go.clear()


def run():
    go.wait()
    print("goes")


thread = threading.Thread(target=run)
thread.start()
threading.Timer(0.6, go.set).start()
thread.join()
