"""Two transfers in opposite directions that take the locks in the same order, whatever the direction."""

import threading
import time

BOOK_SECONDS = 0.4


class Account:
    def __init__(self, name, balance):
        self.name = name
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.name)
    with first.lock:
        print(f"{first.name} is locked, now {second.name}")
        with second.lock:
            time.sleep(BOOK_SECONDS)  # the bank books it
            source.balance = source.balance - amount
            target.balance = target.balance + amount
            print(f"{amount} from {source.name} to {target.name}")


left = Account("left", 100)
right = Account("right", 100)
one = threading.Thread(target=transfer, args=(left, right, 10), name="left-to-right")
other = threading.Thread(target=transfer, args=(right, left, 20), name="right-to-left")
one.start()
other.start()
one.join()
other.join()
print(f"left: {left.balance}, right: {right.balance}")
