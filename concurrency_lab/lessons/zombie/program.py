"""A child has ended, but its parent has not asked for the exit code yet: until then it is a zombie."""

import os
import signal
import time

CHILD_SECONDS = 0.2
BUSY_SECONDS = 0.8
EXIT_CODE = 3


def state(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # reaped: before the open, or before the read
        return "gone"


pid = os.fork()
if pid == 0:
    time.sleep(CHILD_SECONDS)
    os._exit(EXIT_CODE)

# WNOWAIT: wait for the child's end, but leave its exit code where it is.
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(f"the child has ended, its state is {state(pid)}")

time.sleep(BUSY_SECONDS / 2)
os.kill(pid, signal.SIGKILL)
time.sleep(BUSY_SECONDS / 2)
print(f"after SIGKILL its state is {state(pid)}")

_, status = os.waitpid(pid, 0)
print(f"waitpid fetched exit code {os.waitstatus_to_exitcode(status)}, its state is {state(pid)}")
