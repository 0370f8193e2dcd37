"""Two transfers in opposite directions: each holds one account's lock and wants the other's."""

import threading
import time

BOOK_SECONDS = 0.4

balances = {"left": 100, "right": 100}
locks = {"left": threading.Lock(), "right": threading.Lock()}

# Makes sure of what would otherwise happen once in a while: both hold their first lock.
both_hold_one = threading.Barrier(2)


def transfer(source, target, amount):
    with locks[source]:
        print(f"{source} is locked, now {target}")
        both_hold_one.wait()
        with locks[target]:
            time.sleep(BOOK_SECONDS)  # the bank books it
            balances[source] = balances[source] - amount
            balances[target] = balances[target] + amount
            print(f"{amount} from {source} to {target}")


one = threading.Thread(target=transfer, args=("left", "right", 10), name="left-to-right")
other = threading.Thread(target=transfer, args=("right", "left", 20), name="right-to-left")
one.start()
other.start()
one.join()
other.join()
print(f"left: {balances['left']}, right: {balances['right']}")
