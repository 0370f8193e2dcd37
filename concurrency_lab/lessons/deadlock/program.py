"""Two transfers in opposite directions: each holds one account's lock and wants the other's."""

import threading
import time

BOOK_SECONDS = 0.4


class Account:
    def __init__(self, name, balance):
        self.name = name
        self.balance = balance
        self.lock = threading.Lock()


# Makes sure of what would otherwise happen once in a while: both hold their first lock.
both_hold_one = threading.Barrier(2)


def transfer(source, target, amount):
    with source.lock:
        print(f"{source.name} is locked, now {target.name}")
        both_hold_one.wait()
        with target.lock:
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
