# races
import logging
import threading


class Counter(logging.Handler):
    def __init__(self):
        super().__init__()
        self.count = 0

    def emit(self, record):
        self.count += 1


log = logging.getLogger("lab")
log.setLevel(logging.INFO)
handler = Counter()
log.addHandler(handler)


def work():
    for number in range(20):
        log.info("%d", number)


threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(handler.count)
