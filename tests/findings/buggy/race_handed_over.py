# expect: data-race
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


thread = threading.Thread(target=receive)
thread.start()
parcel = Parcel("book")
parcels.put(parcel)
print(parcel.is_open)
thread.join()
