"""The OS's own word on processes: alive, zombie, orphaned, reaped, and how they ended."""

import fcntl
import os
import select
import struct
import time
from typing import Any

from concurrency_lab.supervisor import merge, procfs

Event = dict[str, Any]
# A parent that waits says so itself within this time; only then do we say it for it.
_REAP_GRACE_NS = 30_000_000

# struct pidfd_info of linux/pidfd.h up to exit_code, and what to ask for: PIDFD_INFO_EXIT (Linux 6.15).
_PIDFD_INFO = struct.Struct("<QQ11Ii")
_PIDFD_INFO_EXIT = 1 << 3
_PIDFD_GET_INFO = 0xC000_0000 | _PIDFD_INFO.size << 16 | 0xFF << 8 | 11


def _exit_status_after_reaping(pidfd: int) -> int | None:
    """Return the wait status of a process that is gone already; None where the kernel cannot tell."""
    asked = bytearray(_PIDFD_INFO.pack(_PIDFD_INFO_EXIT, *[0] * 13))
    try:
        fcntl.ioctl(pidfd, _PIDFD_GET_INFO, asked)
    except OSError:
        return None
    mask, *_, status = _PIDFD_INFO.unpack(asked)
    return int(status) if mask & _PIDFD_INFO_EXIT else None


class Lifecycle:
    """Watches every process of a run; what it sees goes to the merger, stamped with when it was seen.

    The kernel wakes us at a process's end through its pidfd, so an end is seen within a millisecond
    of when it happened, also of a process that was killed before it could say anything.
    """

    def __init__(self, merger: merge.Merger, poller: select.epoll) -> None:
        self._merger = merger
        self._poller = poller
        self._supervisor = os.getpid()
        self._by_fd: dict[int, int] = {}
        self._parents: dict[int, int] = {}
        self._zombies: dict[int, int] = {}
        self._gone_ns: dict[int, int] = {}
        self._orphans: set[int] = set()
        self.ended: set[int] = set()
        self.main = 0
        self.main_status: int | None = None

    def watch(self, pid: int, parent: int | None = None) -> bool:
        """Begin to watch a process; return whether it was new."""
        if pid in self._parents:
            return False
        self._parents[pid] = parent or 0
        try:
            fd = os.pidfd_open(pid)
        except (OSError, AttributeError, OverflowError):
            # It ended before we looked: what its parent's wait says is all that will be known.
            self.ended.add(pid)
            return True
        self._by_fd[fd] = pid
        self._poller.register(fd, select.EPOLLIN)
        return True

    def owns(self, fd: int) -> bool:
        """Return whether this file descriptor is one of ours."""
        return fd in self._by_fd

    def pid_of(self, fd: int) -> int:
        """Return the process that one of our file descriptors stands for."""
        return self._by_fd[fd]

    def on_readable(self, fd: int) -> None:
        """A process ended: say how, and find those whom it leaves behind."""
        now_ns = time.monotonic_ns()
        pid = self._by_fd.pop(fd)
        self._poller.unregister(fd)
        found = procfs.stat(pid)
        is_zombie = found is not None and found.state in "ZX"
        status = found.wait_status if found is not None and is_zombie else _exit_status_after_reaping(fd)
        os.close(fd)
        self.ended.add(pid)
        if status is not None:
            self._merger.add(now_ns, merge.exit_event(pid, status, "os"))
        (self._zombies if is_zombie else self._gone_ns)[pid] = now_ns
        self.reap()
        self.find_orphans()

    def reap(self) -> None:
        """Take the exit status of every ended child of the supervisor: the main process and orphans."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            now_ns = time.monotonic_ns()
            self.watch_ended(pid)
            self._merger.add(now_ns, merge.exit_event(pid, status, "os"))
            if pid == self.main:
                self.main_status = status
            elif pid not in self._orphans:
                # Not seen alive here: it had ended already when it was adopted.
                self._orphaned(pid, now_ns)
            self._say_reaped(pid, now_ns, status)

    def watch_ended(self, pid: int) -> None:
        """Note a process of which nothing but its end was seen."""
        self._parents.setdefault(pid, 0)
        self.ended.add(pid)

    def on_reaped_by_parent(self, child: int) -> None:
        """Note that a parent's own wait took this child: nothing is left to say for it."""
        self.watch_ended(child)
        self._zombies.pop(child, None)
        self._gone_ns.pop(child, None)

    def find_orphans(self) -> None:
        """Say of every adopted process that it is an orphan now, and who its new parent is."""
        now_ns = time.monotonic_ns()
        for pid in procfs.children(self._supervisor):
            if pid != self.main and pid not in self._orphans:
                if self._end_is_about_to_be_told(self._parents.get(pid, 0)):
                    # That of the parent comes first; then orphans are looked for again.
                    continue
                self.watch(pid, self._supervisor)
                found = procfs.stat(pid)
                if found is not None and found.state in "ZX":
                    # The kernel tells of two ends at once in any order: it was a zombie before it was an orphan.
                    self._merger.add(now_ns, merge.exit_event(pid, found.wait_status, "os"))
                self._orphaned(pid, now_ns)

    def _end_is_about_to_be_told(self, pid: int) -> bool:
        if pid not in self._parents or pid in self.ended:
            return False
        found = procfs.stat(pid)
        return found is not None and found.state in "ZX"

    def _orphaned(self, pid: int, now_ns: int) -> None:
        self._orphans.add(pid)
        self._merger.add(
            now_ns,
            {"kind": "process.orphaned", "by": "os", "pid": pid, "tid": pid, "ppid": self._supervisor},
        )

    def look(self) -> None:
        """Look at zombies: one that has left the process table was reaped by its parent."""
        now_ns = time.monotonic_ns()
        for pid in list(self._zombies):
            found = procfs.stat(pid)
            if found is None:
                del self._zombies[pid]
                self._gone_ns[pid] = now_ns
        for pid, gone_ns in list(self._gone_ns.items()):
            if now_ns - gone_ns > _REAP_GRACE_NS:
                self._say_reaped(pid, gone_ns, None)

    def _say_reaped(self, pid: int, ts_ns: int, status: int | None) -> None:
        self._zombies.pop(pid, None)
        self._gone_ns.pop(pid, None)
        event: Event = {"kind": "process.reaped", "by": "os", "pid": pid, "tid": pid, "child": pid}
        if status is not None:
            event["status"] = status
        self._merger.add(ts_ns, event)

    def settle(self) -> None:
        """At the run's end: say what is left to say without waiting any longer."""
        self.reap()
        for pid, gone_ns in list(self._gone_ns.items()):
            self._say_reaped(pid, gone_ns, None)

    def close(self) -> None:
        """Close every pidfd."""
        for fd in self._by_fd:
            os.close(fd)
        self._by_fd.clear()
