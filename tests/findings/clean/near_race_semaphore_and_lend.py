# races
import queue
import threading

slots = threading.Semaphore(1)
tools = queue.Queue()
used = 0


class Tool:
    def __init__(self):
        self.uses = 0


def work():
    global used
    for _ in range(20):
        tool = tools.get()
        tool.uses += 1
        tools.put(tool)
        with slots:
            used += 1


for _ in range(2):
    tools.put(Tool())
threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(used, tools.get().uses + tools.get().uses)
