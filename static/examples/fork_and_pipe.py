"""A parent forks two children; each sends its answer through a pipe
父进程派生两个子进程，它们各自通过管道送回答案
"""

import os
import time

pipes = []
for child in (1, 2):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        time.sleep(0.1 * child)
        os.write(writer, f"child {child} is process {os.getpid()}".encode())
        os._exit(child)
    os.close(writer)
    pipes.append(reader)

for reader in pipes:
    print(os.read(reader, 100).decode())
    os.close(reader)
for _ in pipes:
    pid, status = os.wait()
    print(f"process {pid} ended with exit code {os.waitstatus_to_exitcode(status)}")
