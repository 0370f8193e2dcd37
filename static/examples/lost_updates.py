"""Two threads, one number: are updates lost? Try step mode
两个线程给同一个数做加法：会丢失更新吗？试试步进模式
"""

import threading

balance = 0


def deposit(times):
    global balance
    for _ in range(times):
        seen = balance
        balance = seen + 1


threads = [threading.Thread(target=deposit, args=(50,), name=name) for name in ("Ann", "Ben")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(f"balance = {balance}, 100 would be right")
