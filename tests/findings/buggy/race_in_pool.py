# expect: data-race
import threading
from concurrent.futures import ThreadPoolExecutor

longest = ""
both = threading.Barrier(2)


def look(word):
    global longest
    both.wait()
    longest = max(longest, word, key=len)


with ThreadPoolExecutor(2) as pool:
    done = [pool.submit(look, word) for word in ("a", "bb", "ccc", "dddd")]
print(longest)
