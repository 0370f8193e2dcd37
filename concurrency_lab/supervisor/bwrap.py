"""What a jailed run may see and use: the arguments of bubblewrap, which is a toolkit and has no policy of its own.

Pure: knows paths, starts nothing. Everything that is not named here does not exist inside.
"""

import functools
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from concurrency_lab.supervisor import inside

PACKAGE = Path(__file__).resolve().parents[1]
_ROOMS = ("__init__.py", "trace", "probes", "supervisor")
_NOBODY = 65534
_OLDEST = (0, 8)
_SYSTEM = ("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/share/zoneinfo")
_LINKED = ("/bin", "/lib", "/lib32", "/lib64")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")
_PREFIX_PARTS = ("bin", "lib", "lib64", "pyvenv.cfg")
# Of the kernel as a whole, not of the run: nothing that a program of ours has to know.
_HIDDEN = ("cmdline", "config.gz", "kallsyms", "key-users", "keys", "kmsg", "sched_debug", "timer_list")

_ASK = "import json, sys; print(json.dumps([sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]))"


class CannotJail(Exception):
    """No jail can be made here; its text says why and what to do."""


class Bind(NamedTuple):
    """A file or folder of the host, read-only inside under a path of its own."""

    outside: str
    inside: str


class Sizes(NamedTuple):
    """How much fits into the folders that a run may write to. Pages that are not written cost nothing."""

    tmp_bytes: int
    shm_bytes: int

    @classmethod
    def within(cls, memory_mb: int | None) -> "Sizes":
        """Return sizes of which the larger, where the segments lie, is at most half of the run's memory."""
        return cls(16 << 20, min(256, memory_mb // 2 if memory_mb else 256) << 20)


class Passed(NamedTuple):
    """The descriptors that pid 1 of the jail gets, by their numbers."""

    control: int
    request: int
    status: int
    seccomp: int
    info: int


def find_bwrap() -> str:
    """Return the path of bubblewrap; raise CannotJail."""
    if sys.platform != "linux":
        raise CannotJail("Only Linux has what a jail is made of (namespaces).")
    if filter_file() is None:
        raise CannotJail(f"There is no filter of system calls for {platform.machine()}, only for x86_64 and aarch64.")
    found = shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/bin")
    if found is None:
        raise CannotJail("bubblewrap is not installed (Debian and Ubuntu: sudo apt-get install bubblewrap).")
    return found


def filter_file(is_lesson: bool = False) -> Path | None:
    """Return the seccomp filter for this machine: anybody's, or the one for programs that we wrote."""
    path = Path(__file__).with_name("seccomp") / f"{platform.machine()}{'-lessons' if is_lesson else ''}.bpf"
    return path if path.exists() else None


@functools.cache
def interpreter_binds(python: str) -> tuple[Bind, ...]:
    """Return what of the host an interpreter needs: the folders of its prefixes, and the links that lead to it."""
    if python == sys.executable:
        prefixes = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    else:
        asked = subprocess.run([python, "-I", "-c", _ASK], stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
        if asked.returncode != 0:
            raise CannotJail(f"{python} could not be run to ask where it is installed.")
        prefixes = json.loads(asked.stdout)
    needed = [os.path.join(prefix, part) for prefix in prefixes for part in _PREFIX_PARTS]
    needed += _links(python)
    found = {path: Bind(os.path.realpath(path), path) for path in needed if os.path.exists(path)}
    return tuple(_outermost(found.values()))


def _links(path: str) -> list[str]:
    """Return every file that a chain of symbolic links passes through."""
    chain = [path]
    while os.path.islink(path) and len(chain) < 40:
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        chain.append(path)
    return [*chain, os.path.realpath(path)]


def _outermost(binds: Iterable[Bind]) -> list[Bind]:
    """Leave out what is inside of another one, or of the system's folders."""
    kept: list[Bind] = []
    for bind in sorted(set(binds), key=lambda bind: bind.inside):
        covers = (*_SYSTEM, *_LINKED, *(other.inside for other in kept))
        if not any(bind.inside == cover or bind.inside.startswith(cover + os.sep) for cover in covers):
            kept.append(bind)
    return kept


def binds(python: str, program_folder: str) -> list[Bind]:
    """Return all that comes from the host besides the system's folders, in the order of mounting."""
    return [
        *_outermost([*interpreter_binds(sys.executable), *interpreter_binds(python)]),
        *(Bind(str(PACKAGE / room), f"{inside.PACKAGE}/{room}") for room in _ROOMS),
        Bind(os.path.realpath(program_folder), inside.PROGRAM),
    ]


def command(bwrap: str, host: Iterable[Bind], env: dict[str, str], sizes: Sizes, passed: Passed) -> list[str]:
    """Return the command line that makes the jail and becomes the supervisor in it."""
    return [
        bwrap,
        *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--as-pid-1"),
        *("--uid", str(_NOBODY), "--gid", str(_NOBODY), "--hostname", "lab", "--cap-drop", "ALL", "--clearenv"),
        *(word for name, value in env.items() for word in ("--setenv", name, value)),
        *_system(),
        *("--proc", "/proc"),
        *_hidden(),
        *("--dev", "/dev"),
        *("--perms", "1777", "--size", str(sizes.shm_bytes), "--tmpfs", "/dev/shm"),
        *("--perms", "1777", "--size", str(sizes.tmp_bytes), "--tmpfs", "/tmp"),
        *(word for bind in host for word in ("--ro-bind", bind.outside, bind.inside)),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", inside.WORK),
        *("--seccomp", str(passed.seccomp), "--info-fd", str(passed.info)),
        "--",
        *(sys.executable, "-E", "-S", "-c", _BOOT, os.path.dirname(inside.PACKAGE)),
        *(str(number) for number in (passed.control, passed.request, passed.status)),
    ]


_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from concurrency_lab.supervisor import jailed; jailed.main()"


def _system() -> list[str]:
    words: list[str] = []
    for path in (*_SYSTEM, *_SYSTEM_FILES):
        if os.path.exists(path):
            words += ["--ro-bind", path, path]
    for path in _LINKED:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        elif os.path.isdir(path):
            words += ["--ro-bind", path, path]
    return words


def _hidden() -> list[str]:
    there = [f"/proc/{name}" for name in _HIDDEN if os.path.exists(f"/proc/{name}")]
    return [word for path in there for word in ("--ro-bind", "/dev/null", path)]


def check(bwrap: str) -> None:
    """Raise CannotJail where this bubblewrap lacks what the jail needs."""
    said = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=10).stdout
    try:
        version = tuple(int(word) for word in said.split()[-1].split(".")[:2])
    except (IndexError, ValueError):
        raise CannotJail(f"{bwrap} does not say its version.") from None
    if version < _OLDEST:
        raise CannotJail(f"{said.strip()} is too old: 0.8 is the first that can forbid further namespaces.")
