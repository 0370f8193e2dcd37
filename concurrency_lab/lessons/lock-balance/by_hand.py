"""The same lock, taken and given back by hand: what a with statement does for you."""

import threading
import time

PAYMENTS = 12
BANK_SECONDS = 0.02

balance = 2 * PAYMENTS
lock = threading.Lock()


def pay_out():
    global balance
    for _ in range(PAYMENTS):
        lock.acquire()
        try:
            before = balance
            time.sleep(BANK_SECONDS)  # asks the bank
            balance = before - 1
        finally:
            lock.release()


machines = [threading.Thread(target=pay_out, name=f"machine {number}") for number in (1, 2)]
for machine in machines:
    machine.start()
for machine in machines:
    machine.join()
print(f"paid out: {2 * PAYMENTS}, balance: {balance}")
