# expect: deadlock
from concurrent.futures import ThreadPoolExecutor


def inner():
    return 1


def outer():
    return pool.submit(inner).result() + 1


with ThreadPoolExecutor(max_workers=1) as pool:
    print(pool.submit(outer).result())
