# races
import threading
from concurrent.futures import ThreadPoolExecutor

longest = ""
both = threading.Barrier(2)


def look(word):
    both.wait()
    return word


with ThreadPoolExecutor(2) as pool:
    for word in pool.map(look, ("a", "bb", "ccc", "dddd")):
        if len(word) > len(longest):
            longest = word
print(longest)
