"""One thread pays in, the other takes out the same: written plainly, and without a lock."""

import threading

TIMES = 2000000
AMOUNT = 1

balance = 0


def pay_in(amount):
    global balance
    for _ in range(TIMES):
        balance = balance + amount


def take_out(amount):
    global balance
    for _ in range(TIMES):
        balance = balance - amount


one = threading.Thread(target=pay_in, args=(AMOUNT,), name="pays in")
other = threading.Thread(target=take_out, args=(AMOUNT,), name="takes out")
one.start()
other.start()
one.join()
other.join()
print(f"balance: {balance}")
