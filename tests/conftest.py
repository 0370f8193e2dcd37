"""What holds for every test: it leaves nothing behind. Rooms have their own conftest.py for the rest."""

import os
import pathlib
import threading
import time
from collections.abc import Iterator

import pytest

from concurrency_lab.supervisor import procfs

PATIENCE_S = 5.0
SEGMENTS = pathlib.Path("/dev/shm")
# The browser's processes come and go while its fixture lives, and multiprocessing keeps its tracker until we end.
NOT_OURS = ("playwright", "multiprocessing.resource_tracker")


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """Fail a test that leaves a process, a thread or a segment folder.

    Things end a moment after they are told to, so what is left is looked at until it is gone or patience is over.
    What a session's or module's fixture made was there before the test, and is not its concern.
    """
    before = everything()
    yield
    deadline = time.monotonic() + PATIENCE_S
    while left := everything() - before:
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + ", ".join(sorted(left)), pytrace=False)
        time.sleep(0.01)


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
