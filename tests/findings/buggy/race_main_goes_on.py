# expect: data-race
import threading

price = 10


def sell():
    print(price)


thread = threading.Thread(target=sell)
thread.start()
price = 12
thread.join()
