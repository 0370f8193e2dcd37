"""One producer, three consumers and a queue with three places
一个生产者、三个消费者和一个只有三个位置的队列
"""

import queue
import threading
import time

CONSUMERS = 3
orders = queue.Queue(maxsize=3)


def cook():
    for number in range(12):
        orders.put(number)
    for _ in range(CONSUMERS):
        orders.put(None)


def serve(name):
    while (order := orders.get()) is not None:
        time.sleep(0.05)
        print(f"{name} served {order}")


threads = [threading.Thread(target=cook, name="cook")]
threads += [threading.Thread(target=serve, args=(f"waiter {n}",), name=f"waiter {n}") for n in range(CONSUMERS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
