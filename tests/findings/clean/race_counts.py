# races
import threading

counts = {"even": 0, "odd": 0}


def count(numbers):
    for number in numbers:
        key = "odd" if number % 2 else "even"
        counts[key] += 1


threads = [threading.Thread(target=count, args=(numbers,)) for numbers in ([2, 4, 6], [7, 9])]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(counts)
