# races
import threading


class Buffer:
    def __init__(self):
        self.items = []
        self.taken = 0
        self.is_closed = False
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            self.items = [*self.items, item]
            self.changed.notify()

    def close(self):
        with self.changed:
            self.is_closed = True
            self.changed.notify_all()

    def drain(self):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.items or self.is_closed)
                if not self.items:
                    return
                self.taken += len(self.items)
                self.items = []


buffer = Buffer()
thread = threading.Thread(target=buffer.drain)
thread.start()
for number in range(20):
    buffer.put(number)
buffer.close()
thread.join()
print(buffer.taken, buffer.items, buffer.is_closed)
