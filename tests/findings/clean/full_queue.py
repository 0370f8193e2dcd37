import queue

line = queue.Queue(maxsize=3)
for customer in range(3):
    line.put(customer)
while not line.empty():
    print(line.get())
