import threading

printer = threading.Semaphore(1)
scanner = threading.Semaphore(1)
both = threading.Barrier(2)


def copy(first, second):
    both.wait()
    with first, second:
        print("copied")


threads = [threading.Thread(target=copy, args=pair) for pair in [(printer, scanner), (printer, scanner)]]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
