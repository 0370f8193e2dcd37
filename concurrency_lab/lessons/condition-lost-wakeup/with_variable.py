"""The same with variables that say what has happened: who comes late looks first, and does not wait."""

import threading
import time

THINK_SECONDS = 0.4

shop = threading.Condition()
asked = threading.Event()
question = answer = False


def buy():
    global question
    with shop:
        time.sleep(THINK_SECONDS)
        print("buyer: is there a discount?")
        question = True
        shop.notify()
        asked.set()
        while not answer:
            shop.wait()
        print("buyer: then I take both")


def sell():
    global answer
    asked.wait()  # comes late: only after the buyer's notify
    with shop:
        while not question:
            shop.wait()
        time.sleep(THINK_SECONDS)
        print("seller: there is")
        answer = True
        shop.notify()


buyer = threading.Thread(target=buy, name="buyer")
seller = threading.Thread(target=sell, name="seller")
buyer.start()
seller.start()
buyer.join()
seller.join()
print("main: sold")
