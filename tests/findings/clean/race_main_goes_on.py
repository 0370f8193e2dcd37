# races
import threading

price = 10


def sell():
    print(price)


price = 12
thread = threading.Thread(target=sell)
thread.start()
thread.join()
