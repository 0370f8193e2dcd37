"""A buyer and a seller bargain in eight lines: each waits for their turn, speaks, and wakes the other."""

import threading
import time

THINK_SECONDS = 0.12
SELLER_LATE_SECONDS = 0.2

BUYER = [
    "I would take both of these. Do I get a discount?",
    "The order is in. Please change its price.",
    "I see the new price, and I have paid.",
    "Then I wait for the parcel.",
]
SELLER = [
    "",  # says nothing yet: opens the shop, and gives the first word to the buyer
    "You do. Send me the order.",
    "It is changed, have a look.",
    "The money has come. I am packing.",
    "It is on its way. Until next time!",
]

shop = threading.Condition()
turn = "seller"


def bargain(me, other, lines):
    global turn
    with shop:
        for line in lines:
            while turn != me:
                shop.wait()
            if line:
                time.sleep(THINK_SECONDS)
                print(f"{me}: {line}")
            turn = other
            shop.notify()


buyer = threading.Thread(target=bargain, args=("buyer", "seller", BUYER), name="buyer")
seller = threading.Thread(target=bargain, args=("seller", "buyer", SELLER), name="seller")
buyer.start()
time.sleep(SELLER_LATE_SECONDS)
seller.start()
buyer.join()
seller.join()
