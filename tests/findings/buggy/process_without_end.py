# expect: never-joined
import multiprocessing


def tick(stop):
    while not stop.wait(0.05):
        print("tick")


if __name__ == "__main__":
    stop = multiprocessing.Event()
    process = multiprocessing.Process(target=tick, args=(stop,))
    process.start()
    print("The program is over.")
