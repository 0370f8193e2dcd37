"""What a test could leave behind: processes, threads, segment folders."""

import os
import pathlib
import threading

from concurrency_lab.supervisor import procfs

SEGMENTS = pathlib.Path("/dev/shm")
# The browser's processes come and go while its fixture lives, those of the database (tests/machines) as well, and
# multiprocessing keeps its tracker until we end.
NOT_OURS = ("playwright", "multiprocessing.resource_tracker", "lab-machines-")


def everything() -> set[str]:
    """Name every process below this one, every thread in it, and every segment folder of theirs."""
    below = processes_below(os.getpid())
    found = {f"process {pid} ({command})" for pid, command in below.items()}
    found |= {f"thread {thread.name} ({thread.native_id})" for thread in threading.enumerate()}
    for folder in SEGMENTS.glob("concurrency-lab-*"):
        owner = folder.name.removeprefix("concurrency-lab-").partition("-")[0]
        # One with a living warden that is not ours belongs to a lab that runs beside the tests.
        if not owner.isdigit() or int(owner) in below or procfs.stat(int(owner)) is None:
            found.add(str(folder))
    return found


def processes_below(root: int) -> dict[int, str]:
    """Return pid -> command of everything below `root`, without what is not ours and what is below that."""
    found: dict[int, str] = {}
    for pid in procfs.children(root):
        command = procfs.command_line(pid)
        if not any(word in command for word in NOT_OURS):
            found[pid] = command or "ended, but not waited for"
            found |= processes_below(pid)
    return found
