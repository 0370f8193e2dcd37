"""Attacks the jail that it runs in, and says of each attempt whether it was refused: one JSON list a line.

Started by jail.py, never imported, and never to be run elsewhere. Its argument says, as JSON, what is outside:
`port` and `socket` that listen, `file` that can be read, `pid` of a process, `secret` in an environment and in that
file, and `processes` that may be.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable

OUTSIDE = json.loads(sys.argv[1])
LIBC = ctypes.CDLL(None, use_errno=True)
# Of calls that Python has no function for: [x86_64, aarch64].
NUMBERS = {
    "ptrace": (101, 117),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone": (56, 220),
    "clone3": (435, 435),
    "process_vm_readv": (310, 270),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "shmget": (29, 194),
    "memfd_create": (319, 279),
}
NEW_USER, NEW_NET = 0x1000_0000, 0x4000_0000
VSOCK, ALG, PACKET, NETLINK = 40, 38, 17, 16


class NotRefused(Exception):
    """The attack went through."""


def call(name: str, *arguments: int | bytes) -> None:
    number = NUMBERS[name][platform.machine() == "aarch64"]
    if LIBC.syscall(ctypes.c_long(number), *arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def call_clone(flags: int) -> None:
    call("clone", flags | signal.SIGCHLD, 0, 0, 0, 0)
    # Went through, so this may be parent or child: neither goes on.
    os._exit(1)


def connect(family: int, address: tuple[str, int] | str) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as out:
        out.settimeout(2)
        out.connect(address)


def read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(64)


def write(path: str) -> None:
    with open(path, "ab") as file:
        file.write(b"x")


def find_secret() -> None:
    """Look at the environment of every process that can be seen."""
    found = False
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    found = found or OUTSIDE["secret"].encode() in file.read()
            except OSError:
                continue
    if not found:
        raise PermissionError(errno.EPERM, "nowhere")


def kill_first() -> None:
    for number in (signal.SIGSTOP, signal.SIGKILL):
        os.kill(1, number)
    # Signals from inside do not reach it. Had this one been killed, nobody would read on.
    time.sleep(0.02)
    with open("/proc/1/stat") as file:
        if file.read().rpartition(")")[2].split()[0] not in "TZX":
            raise PermissionError(errno.EPERM, "no effect")


def kill_outside() -> None:
    if OUTSIDE["pid"] <= 64 and os.path.exists(f"/proc/{OUTSIDE['pid']}"):
        raise ProcessLookupError(errno.ESRCH, "the number is another process's in here")
    os.kill(OUTSIDE["pid"], signal.SIGKILL)


def raise_limit(which: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY:
        raise NotRefused("no limit")
    resource.setrlimit(which, (hard + 1, hard + 1))


def fill(path: str) -> None:
    block = bytes(1 << 20)
    try:
        with open(path, "wb") as file:
            for _ in range(1024):
                file.write(block)
    finally:
        os.unlink(path)


def take_memory() -> None:
    mmap.mmap(-1, 2 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def open_many() -> None:
    opened: list[int] = []
    try:
        while len(opened) < 1000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    finally:
        for fd in opened:
            os.close(fd)


def fork_many() -> None:
    """Fork until it is refused; more than are allowed must not come about."""
    children: list[int] = []
    try:
        while len(children) <= OUTSIDE["processes"] + 8:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            children.append(pid)
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def has_no_rights() -> None:
    with open("/proc/self/status") as file:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    rights = [int(fields[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")]
    if not any(rights) and fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2":
        raise PermissionError(errno.EPERM, "none")


ATTACKS: dict[str, Callable[[], None]] = {
    "network: the server's own ports": lambda: connect(socket.AF_INET, ("127.0.0.1", OUTSIDE["port"])),
    "network: the world": lambda: connect(socket.AF_INET, ("192.0.2.1", 80)),
    "network: sockets with a name": lambda: connect(socket.AF_UNIX, "\0" + OUTSIDE["socket"]),
    "sockets: virtual machines (VSOCK)": lambda: socket.socket(VSOCK, socket.SOCK_STREAM).close(),
    "sockets: the kernel's ciphers (ALG)": lambda: socket.socket(ALG, socket.SOCK_SEQPACKET).close(),
    "sockets: raw packets (PACKET)": lambda: socket.socket(PACKET, socket.SOCK_RAW).close(),
    "sockets: the kernel's settings (NETLINK)": lambda: socket.socket(NETLINK, socket.SOCK_RAW).close(),
    "files: read one of the server's": lambda: read(OUTSIDE["file"]),
    "files: read the list of users": lambda: read("/etc/passwd"),
    "files: write to the program's folder": lambda: write(os.path.join(os.path.dirname(__file__), "new")),
    "files: write to the lab itself": lambda: write("/lab/concurrency_lab/__init__.py"),
    "files: write to the system": lambda: write("/usr/bin/new"),
    "files: make a device": lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0)),
    "secrets: environments": find_secret,
    "processes: kill one outside": kill_outside,
    "processes: kill the supervisor": kill_first,
    "processes: read the supervisor's memory": lambda: read("/proc/1/mem"),
    "processes: list the supervisor's files": lambda: print(*os.listdir("/proc/1/fd")),
    "processes: ptrace": lambda: call("ptrace", 16, os.getppid(), 0, 0),
    "processes: process_vm_readv": lambda: call("process_vm_readv", 1, 0, 0, 0, 0, 0),
    "rights: mount": lambda: call("mount", b"none", b"/tmp", b"tmpfs", 0, 0),
    "rights: unshare": lambda: call("unshare", NEW_USER),
    "rights: clone a namespace": lambda: call_clone(NEW_USER | NEW_NET),
    "rights: clone3": lambda: call("clone3", 0, 0),
    "rights: setns": lambda: call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), 0),
    "rights: become root": lambda: os.setuid(0),
    "rights: any at all": has_no_rights,
    "kernel: bpf": lambda: call("bpf", 0, 0, 0),
    "kernel: perf_event_open": lambda: call("perf_event_open", 0, 0, 0, 0, 0),
    "kernel: userfaultfd": lambda: call("userfaultfd", 0),
    "kernel: keyrings": lambda: call("keyctl", 0, 0, 0, 0, 0),
    "kernel: io_uring": lambda: call("io_uring_setup", 1, 0),
    "memory: memfd": lambda: call("memfd_create", b"x", 0),
    "memory: System V": lambda: call("shmget", 0, 4096, 0o1600),
    "memory: more than is allowed": take_memory,
    "limits: raise processes": lambda: raise_limit(resource.RLIMIT_NPROC),
    "limits: raise open files": lambda: raise_limit(resource.RLIMIT_NOFILE),
    "limits: raise memory": lambda: raise_limit(resource.RLIMIT_AS),
    "limits: fill /tmp": lambda: fill("/tmp/full"),
    "limits: fill /dev/shm": lambda: fill("/dev/shm/full"),
    "limits: open files": open_many,
    "limits: fork bomb": fork_many,
}


def main() -> None:
    # Outside, and above all as root, these are no attempts: they would do what they say.
    if os.getuid() != 65534 or not os.path.exists("/lab/concurrency_lab"):
        sys.exit("This program attacks whatever it runs on. It runs in a jail only.")
    for name, attack in ATTACKS.items():
        try:
            attack()
        except NotRefused as error:
            said = [name, False, str(error)]
        except (OSError, ValueError, MemoryError) as error:
            said = [name, True, type(error).__name__]
        else:
            said = [name, False, "went through"]
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
