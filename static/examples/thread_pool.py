"""Eight downloads and a pool of three threads: who does what, and when?
八个下载任务和三个线程的线程池：谁在什么时候做什么？
"""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def download(page):
    time.sleep(0.05 * (1 + page % 3))
    return f"page {page}"


with ThreadPoolExecutor(max_workers=3) as pool:
    futures = [pool.submit(download, page) for page in range(8)]
    for future in as_completed(futures):
        print(future.result(), "is there")
