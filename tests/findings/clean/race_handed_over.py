# races
import queue
import threading


class Parcel:
    def __init__(self, content):
        self.content = content
        self.is_open = False


parcels = queue.Queue()


def receive():
    parcel = parcels.get()
    parcel.is_open = True
    parcels.task_done()


thread = threading.Thread(target=receive)
thread.start()
parcel = Parcel("book")
parcels.put(parcel)
parcels.join()
print(parcel.is_open)
thread.join()
