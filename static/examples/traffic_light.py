"""Cars wait at a traffic light: one Event wakes them all
汽车等红绿灯：一个 Event 唤醒所有线程
"""

import threading
import time

green = threading.Event()


def drive(car):
    print(f"{car} waits")
    green.wait()
    print(f"{car} drives")


cars = [threading.Thread(target=drive, args=(f"car {n}",), name=f"car {n}") for n in range(4)]
for car in cars:
    car.start()
time.sleep(0.3)
print("green!")
green.set()
for car in cars:
    car.join()
