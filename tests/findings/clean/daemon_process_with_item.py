import multiprocessing
import time


def work(jobs, begun):
    while True:
        job = jobs.get()
        begun.set()
        time.sleep(0.3)
        print("saved", job)
        jobs.task_done()


if __name__ == "__main__":
    jobs, begun = multiprocessing.JoinableQueue(), multiprocessing.Event()
    multiprocessing.Process(target=work, args=(jobs, begun), daemon=True).start()
    jobs.put("letter")
    begun.wait()
    jobs.join()
