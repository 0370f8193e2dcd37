"""Two transfers in opposite directions that take the locks in the same order, whatever the direction."""

import threading
import time

BOOK_SECONDS = 0.4

balances = {"left": 100, "right": 100}
locks = {"left": threading.Lock(), "right": threading.Lock()}


def transfer(source, target, amount):
    first, second = sorted([source, target])
    with locks[first]:
        print(f"{first} is locked, now {second}")
        with locks[second]:
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
