"""The same conversation over two pipes laid by hand. The other program is this file, started with two arguments."""

import os
import subprocess
import sys

LINES = 3


def turn_round(incoming, outgoing):
    while text := os.read(incoming, 100):
        os.write(outgoing, text[::-1])


if len(sys.argv) > 1:
    turn_round(int(sys.argv[1]), int(sys.argv[2]))
    sys.exit()

child_reads, we_write = os.pipe()
we_read, child_writes = os.pipe()
process = subprocess.Popen(
    [sys.executable, __file__, str(child_reads), str(child_writes)],
    pass_fds=[child_reads, child_writes],
)
os.close(child_reads)
os.close(child_writes)
for number in range(LINES):
    os.write(we_write, f"line {number}".encode())
    print(f"sent line {number}, it answered {os.read(we_read, 100).decode()!r}")
os.close(we_write)
print(f"exit code: {process.wait()}")
