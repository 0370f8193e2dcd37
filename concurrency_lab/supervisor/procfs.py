"""What Linux says of processes and threads in /proc. Every read may find that its subject is gone."""

import contextlib
import os
import stat as stat_module
from collections.abc import Iterator
from typing import NamedTuple

AVAILABLE = os.path.exists("/proc/self/stat")


class Stat(NamedTuple):
    """Some fields of /proc/PID/stat (see proc(5))."""

    pid: int
    name: str
    state: str
    ppid: int
    group: int
    session: int
    threads: int
    rss_pages: int
    cpu: int
    wait_status: int


def read_text(path: str) -> str | None:
    """Return the file's text, or None where the process is gone or not ours to read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, 1 << 16).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(fd)


def open_file(path: str, follow: bool = True) -> int | None:
    """Open a file that a program has made or named; None where there is none, or what could keep us waiting."""
    links = 0 if follow else os.O_NOFOLLOW
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | links)
        if stat_module.S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
    except (OSError, ValueError):
        pass
    return None


def parse_stat(text: str) -> Stat:
    """Parse a stat line; the name in brackets may itself hold brackets and spaces."""
    head, _, tail = text.rpartition(")")
    pid, _, name = head.partition(" (")
    fields = tail.split()
    return Stat(
        pid=int(pid),
        name=name,
        state=fields[0],
        ppid=int(fields[1]),
        group=int(fields[2]),
        session=int(fields[3]),
        threads=int(fields[17]),
        rss_pages=int(fields[21]),
        cpu=int(fields[36]),
        wait_status=int(fields[49]),
    )


def stat(pid: int) -> Stat | None:
    """Return what the OS says of a process, or None where it is gone."""
    text = read_text(f"/proc/{pid}/stat")
    return parse_stat(text) if text else None


def command_line(pid: int) -> str:
    """Return a process's arguments joined by spaces; empty for zombies."""
    return (read_text(f"/proc/{pid}/cmdline") or "").rstrip("\0").replace("\0", " ")


def thread_ids(pid: int) -> list[int]:
    """Return the native ids of a process's threads."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """Return a process's children: each thread lists those that it forked itself."""
    found: list[int] = []
    for tid in thread_ids(pid):
        text = read_text(f"/proc/{pid}/task/{tid}/children")
        if text:
            found += [int(word) for word in text.split()]
    return found


def descendants(root: int) -> Iterator[Stat]:
    """Yield everything below `root`, parents first, zombies included."""
    queue = children(root)
    seen = {root}
    while queue:
        pid = queue.pop()
        if pid in seen:
            continue
        seen.add(pid)
        found = stat(pid)
        if found is not None:
            yield found
            queue += children(pid)


def all_descendants(root: int) -> list[Stat]:
    """Return everything below `root` from one scan of all of /proc: slower, but misses nobody."""
    by_parent: dict[int, list[Stat]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            found = stat(int(name))
            if found is not None:
                by_parent.setdefault(found.ppid, []).append(found)
    below: list[Stat] = []
    queue = [root]
    while queue:
        for child in by_parent.get(queue.pop(), ()):
            below.append(child)
            queue.append(child.pid)
    return below


def resident_bytes(pid: int) -> int:
    """Return the memory that a process holds, but for pages of files of which there may be more copies on the disk."""
    text = read_text(f"/proc/{pid}/status")
    return _sum_kb(text, ("RssAnon:", "RssShmem:"))


def proportional_bytes(pid: int) -> int:
    """Return the same, where a page that n processes share counts as an n-th (Linux 5.2); dear: it walks all pages."""
    text = read_text(f"/proc/{pid}/smaps_rollup")
    return _sum_kb(text, ("Pss_Anon:", "Pss_Shmem:")) if text and "Pss_Anon:" in text else resident_bytes(pid)


def _sum_kb(text: str | None, names: tuple[str, ...]) -> int:
    lines = (text or "").splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(names))


def ignore_gone() -> contextlib.AbstractContextManager[None]:
    """Return a context that swallows 'no such process' and 'not permitted': it ended meanwhile."""
    return contextlib.suppress(ProcessLookupError, PermissionError)


def ignore_missing() -> contextlib.AbstractContextManager[None]:
    """Return a context that swallows 'no such file': it was removed meanwhile."""
    return contextlib.suppress(FileNotFoundError, IsADirectoryError)
