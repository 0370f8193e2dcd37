"""The buyer asks and notifies before the seller waits: the notification is lost, and both wait for ever."""

import threading
import time

THINK_SECONDS = 0.4

shop = threading.Condition()
asked = threading.Event()


def buy():
    with shop:
        time.sleep(THINK_SECONDS)
        print("buyer: is there a discount?")
        shop.notify()
        asked.set()
        shop.wait()
        print("buyer: then I take both")


def sell():
    asked.wait()  # comes late: only after the buyer's notify
    with shop:
        shop.wait()
        time.sleep(THINK_SECONDS)
        print("seller: there is")
        shop.notify()


buyer = threading.Thread(target=buy, name="buyer")
seller = threading.Thread(target=sell, name="seller")
buyer.start()
seller.start()
buyer.join()
seller.join()
print("main: sold")
