# expect: deadlock
import multiprocessing


def move(mine, other, both):
    both.wait()
    with mine:
        both.wait()
        with other:
            print("moved")


if __name__ == "__main__":
    first, second = multiprocessing.Lock(), multiprocessing.Lock()
    both = multiprocessing.Barrier(2)
    pairs = [(first, second), (second, first)]
    processes = [multiprocessing.Process(target=move, args=(*pair, both)) for pair in pairs]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
