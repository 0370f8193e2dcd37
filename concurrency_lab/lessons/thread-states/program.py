"""One thread is led through every state that a thread can be in, from new to dead."""

import threading
import time

COMPUTE_SECONDS = 0.3
BLOCK_SECONDS = 0.3

lock = threading.Lock()
news = threading.Condition()
told = False
at_the_lock = threading.Event()
at_the_news = threading.Event()


def compute():
    end = time.perf_counter() + COMPUTE_SECONDS
    while time.perf_counter() < end:
        pass


def live():
    compute()
    time.sleep(BLOCK_SECONDS)
    at_the_lock.set()
    with lock:
        print("hero: I have the lock")
    with news:
        at_the_news.set()
        while not told:
            news.wait()


hero = threading.Thread(target=live, name="hero")
print(f"made:    alive {hero.is_alive()}, native id {hero.native_id}")
time.sleep(BLOCK_SECONDS)
with lock:
    hero.start()
    print(f"started: alive {hero.is_alive()}")
    compute()
    at_the_lock.wait()
    time.sleep(BLOCK_SECONDS)
at_the_news.wait()
time.sleep(BLOCK_SECONDS)
with news:
    told = True
    news.notify()
hero.join()
print(f"over:    alive {hero.is_alive()}")
