"""How a run is kept together and ended: sub-reaper, limits on the program, freeze and kill.

Measured (shared/facts/containment.md): killing the main process leaves 8 of 9 hostile children
alive, killpg 5; a sub-reaper that freezes, forbids forking and kills in rounds leaves none.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterable

from concurrency_lab.supervisor import procfs

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
# sched_setattr(2), which libc has no function for, and struct sched_attr up to its first version.
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}.get(os.uname().machine)
_SCHED_ATTR = struct.Struct("<IIQiIQQQ")
_SHORT_SLICE_NS = 100_000
_LARGEST_FILE_BYTES = 1 << 30
_LARGEST_JAILED_FILE_BYTES = 64 << 20
_ADDRESS_BYTES = 1 << 30
_FILES = 256
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def _prctl(option: int, value: int | bytes) -> None:
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


def become_subreaper() -> None:
    """Make orphans below this process its own children (Linux; elsewhere they go to pid 1)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that made it ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def become_unreadable(unreadable: bool = True) -> None:
    """Keep processes of the same user from looking into this one's memory, descriptors and environment."""
    _prctl(_PR_SET_DUMPABLE, 0 if unreadable else 1)


def set_title(name: str) -> None:
    """Name this process for ps and top: at most 15 characters."""
    _prctl(_PR_SET_NAME, name.encode())


def prefer_promptness() -> None:
    """Ask the scheduler for short turns that come soon: who looks every 2 ms must not be kept waiting for 3.

    Linux 6.12 and later; measured with two busy threads on two cores: late by 0.15 ms instead of 0.69.
    """
    if _libc is not None and _SCHED_SETATTR is not None:
        attributes = _SCHED_ATTR.pack(_SCHED_ATTR.size, 0, 0, 0, 0, _SHORT_SLICE_NS, 0, 0)
        _libc.syscall(_SCHED_SETATTR, 0, attributes, 0)


def allow_many_files() -> None:
    """Raise the number of files that this process may open as far as it may: some for every thread of a run."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def restrict_program(jailed_processes: int | None, is_lesson: bool) -> None:
    """Lower the program's own rights, between fork and exec: less priority, no core files, first to die of memory.

    `jailed_processes`: in a jail, how many processes and threads it may have; None: it is in none.
    `is_lesson`: else it is the user's own or, in a jail, a stranger's, before which everything on the machine comes.
    """
    is_jailed = jailed_processes is not None
    os.nice(19 if is_jailed and not is_lesson else 10)
    _limit(resource.RLIMIT_CORE, 0)
    # 8 MB stacks let 14 threads fill 512 MB of address space.
    _limit(resource.RLIMIT_STACK, 1 << 20)
    if is_jailed or is_lesson:
        _limit_for_good(resource.RLIMIT_NOFILE, _FILES)
    else:
        # What a program of one's own has where it runs without us, too.
        _limit(resource.RLIMIT_NOFILE, 1024)
    if jailed_processes is None:
        _limit(resource.RLIMIT_FSIZE, _LARGEST_FILE_BYTES)
    else:
        _limit_for_good(resource.RLIMIT_FSIZE, _LARGEST_JAILED_FILE_BYTES)
        _limit_for_good(resource.RLIMIT_AS, _ADDRESS_BYTES)
        # Counts what is in the jail only: its user namespace has nobody else. One of them is the supervisor.
        _limit_for_good(resource.RLIMIT_NPROC, jailed_processes + 1)
    # The file is not ours to write as long as this is a copy of an unreadable supervisor.
    become_unreadable(False)
    be_first_to_go(1000)


def prepare_jail() -> None:
    """Lower the rights of all of a jail, before bubblewrap is started."""
    os.umask(0o022)
    _limit(resource.RLIMIT_CORE, 0)
    be_first_to_go(500)


def be_first_to_go(score: int) -> None:
    """Where the machine's memory runs out, let the kernel choose this process before the server (0) and others."""
    _write("/proc/self/oom_score_adj", str(score))


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        # Not on this kernel, or not often enough: it goes on without.
        pass


def _limit_for_good(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (ceiling, ceiling))


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (ceiling, ceiling if which == resource.RLIMIT_CORE else hard))


def signal_groups(root: int, number: int) -> None:
    """Send a signal to the process groups below `root`, each as soon as it is found; not to those of our own session.

    The kernel signals all of a group at once, and what is being forked into it, too: a bomb does not outrun that.
    """
    own = os.getsid(0)
    done = set()
    for found in procfs.descendants(root):
        if found.session != own and found.group not in done:
            done.add(found.group)
            with procfs.ignore_gone():
                os.killpg(found.group, number)


def kill_below(root: int, reap: Callable[[], None], deadline_s: float = 3.0) -> bool:
    """Kill everything below `root`; return whether nothing is left.

    Whole groups first; then freezes and forbids forking, so that a tree that forks cannot outrun the killing.
    `reap` must wait for whatever has become a child of this process.
    """
    until = time.monotonic() + deadline_s
    signal_groups(root, signal.SIGKILL)
    while True:
        # Frozen as they are found, each before its children are looked for: what moves on in less than a millisecond
        # has moved on by the time that all of /proc is read. That is read only to be sure that nobody is left.
        alive, is_empty = _freeze(procfs.descendants(root))
        if is_empty:
            alive, is_empty = _freeze(procfs.all_descendants(root))
        if is_empty:
            return True
        if os.getpid() == 1:
            # Everything in this namespace at once: what is being forked is killed, too.
            with procfs.ignore_gone():
                os.kill(-1, signal.SIGKILL)
        for pid in alive:
            with procfs.ignore_gone():
                os.kill(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > until:
            return False
        # A killed process needs a moment in the kernel before it can be reaped.
        time.sleep(0.001)


def _freeze(below: Iterable[procfs.Stat]) -> tuple[list[int], bool]:
    """Stop these processes and forbid them to fork; return those that lived, and whether there were none at all."""
    alive, is_empty = [], True
    for found in below:
        is_empty = False
        if found.state in "ZX":
            continue
        alive.append(found.pid)
        with procfs.ignore_gone():
            os.kill(found.pid, signal.SIGSTOP)
        with procfs.ignore_gone():
            resource.prlimit(found.pid, resource.RLIMIT_NPROC, (0, 0))
    return alive, is_empty
