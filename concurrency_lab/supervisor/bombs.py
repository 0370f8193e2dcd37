"""Stops a program that makes processes or threads faster than the supervisor can look at it.

A thread of its own, that touches nothing the program can touch: hundreds of processes that make files in a run's
folder kept the supervisor waiting for that folder's lock for a minute (Linux 6.18, two cores).
"""

import signal
import sys
import threading

from concurrency_lab.supervisor import containment, procfs

_LOOK_S = 0.005
# Where there is one thread more than at the last look, there may be a hundred at the next.
_SOON_S = 0.001
# So many more threads on the whole machine, as a share of what a run may have, and this one is looked at.
_SHARE = 8


class BombWatch(threading.Thread):
    """Watches the processes and threads below `root`; when they are `most`, all are stopped, and `count` says so.

    None: there may be any number.
    """

    def __init__(self, root: int, most: int | None) -> None:
        super().__init__(name="bomb-watch", daemon=True)
        self._root = root
        self._most = most
        self._over = threading.Event()
        # how many there were when they were stopped; 0: they were not
        self.count = 0

    def run(self) -> None:
        """Look until it is over, or until there was something to stop."""
        if self._most is None:
            return
        # The main thread lets go of the interpreter when it is asked to, by itself after 5 ms.
        sys.setswitchinterval(_SOON_S / 2)
        known = before = _on_machine()
        pause_s = _LOOK_S
        while not self.count and not self._over.wait(pause_s):
            now = _on_machine()
            if now - known >= max(1, self._most // _SHARE):
                self._look(self._most)
                known = now
            known = min(known, now)
            pause_s = _SOON_S if now > before else _LOOK_S
            before = now

    def end(self) -> None:
        """Look no more."""
        self._over.set()

    def _look(self, most: int) -> None:
        count = 0
        for found in procfs.descendants(self._root):
            count += threads_of(found)
            # Enough to know: it makes more of them in the time that it takes to look at all.
            if count >= most:
                containment.signal_groups(self._root, signal.SIGSTOP)
                self.count = count
                return


def threads_of(found: procfs.Stat) -> int:
    """Return for how many processes and threads a process counts; one that has ended, for none."""
    return 0 if found.state in "ZX" else max(1, found.threads)


def _on_machine() -> int:
    """Return how many threads the machine has: one small file, whatever the run has become."""
    text = procfs.read_text("/proc/loadavg")
    return int(text.split()[3].partition("/")[2]) if text else 0
