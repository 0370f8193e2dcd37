"""The same with a call inside: the amount comes as text, and int() turns it into a number."""

import threading

TIMES = 2000000
AMOUNT = "1"

balance = 0


def pay_in(amount):
    global balance
    for _ in range(TIMES):
        balance = balance + int(amount)


def take_out(amount):
    global balance
    for _ in range(TIMES):
        balance = balance - int(amount)


one = threading.Thread(target=pay_in, args=(AMOUNT,), name="pays in")
other = threading.Thread(target=take_out, args=(AMOUNT,), name="takes out")
one.start()
other.start()
one.join()
other.join()
print(f"balance: {balance}")
