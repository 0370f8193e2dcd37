"""Two cash machines empty one account, and nothing keeps them from doing so at the same time."""

import threading
import time

PAYMENTS = 12
BANK_SECONDS = 0.02

balance = 2 * PAYMENTS


def pay_out():
    global balance
    for _ in range(PAYMENTS):
        before = balance
        time.sleep(BANK_SECONDS)  # asks the bank
        balance = before - 1


machines = [threading.Thread(target=pay_out, name=f"machine {number}") for number in (1, 2)]
for machine in machines:
    machine.start()
for machine in machines:
    machine.join()
print(f"paid out: {2 * PAYMENTS}, balance: {balance}")
