# expect: lost-wakeup
import multiprocessing


def wait(changed, ready):
    with changed:
        changed.wait()


if __name__ == "__main__":
    changed, ready = multiprocessing.Condition(), multiprocessing.Value("i", 0)
    with changed:
        ready.value = 1
        changed.notify()
    process = multiprocessing.Process(target=wait, args=(changed, ready))
    process.start()
    process.join()
