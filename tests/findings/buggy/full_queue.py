# expect: queue-never-drained
import queue

line = queue.Queue(maxsize=2)
for customer in range(3):
    line.put(customer)
while not line.empty():
    print(line.get())
