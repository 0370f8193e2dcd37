import multiprocessing


def consume(jobs):
    while (job := jobs.get()) is not None:
        print(job)


if __name__ == "__main__":
    jobs = multiprocessing.Queue()
    process = multiprocessing.Process(target=consume, args=(jobs,))
    process.start()
    for job in range(3):
        jobs.put(job)
    jobs.put(None)
    process.join()
