import queue
import threading

connections = queue.Queue()
for name in ("a", "b"):
    connections.put(name)


def work():
    connection = connections.get()
    print("uses", connection)
    connections.put(connection)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
work()
for thread in threads:
    thread.join()
