"""A method that holds the lock calls another one that takes it too: an RLock lets its owner in again."""

import threading
import time

BANK_SECONDS = 0.4


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.RLock()

    def withdraw(self, amount):
        with self.lock:
            self.balance = self.balance - amount

    def move_to(self, other, amount):
        with self.lock:
            if self.balance >= amount:
                time.sleep(BANK_SECONDS)  # asks the bank
                self.withdraw(amount)
                other.append(amount)
                print(f"{threading.current_thread().name}: moved {amount}")


savings = Account(100)
moved = []
clerks = [threading.Thread(target=savings.move_to, args=(moved, 30), name=name) for name in ("Ann", "Ben")]
for clerk in clerks:
    clerk.start()
for clerk in clerks:
    clerk.join()
print(f"left: {savings.balance}, moved: {sum(moved)}")
