"""How well runs are contained on this machine: tried out by an attack, not concluded from what is installed.

`verdict` says it layer by layer: L0 the warden, L1 what Linux gives to every process, L2 the jail, L3 limits around
the server. Its trial starts real jailed runs, so nothing of this process is needed for it but time.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import platform
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from concurrency_lab.supervisor import bwrap, procfs
from concurrency_lab.supervisor.client import Warden, WardenError
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec

_ATTACK = bwrap.PACKAGE / "supervisor" / "attack" / "program.py"
_CACHE_NAME = "jail-verdict.json"
_PROCESSES = 12
_LIMITS = Limits(wall_s=60, processes=_PROCESSES, memory_mb=256, output_bytes=1 << 20)
# The last attack: it may be refused by the kernel, or ended by the supervisor, which then says so.
_FORK_BOMB = "limits: fork bomb"


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    """One layer of containment: whether it is there, what that means, and what to do where it is not."""

    name: str
    ok: bool
    text: str
    advice: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """How runs are contained here.

    `jail_ok`: a run can be jailed, and the jail withstood the attack. `uid_ok`: no run has root's user id.
    """

    layers: tuple[Layer, ...]
    jail_ok: bool
    uid_ok: bool


def verdict(cache: Path | None) -> Verdict:
    """Return how runs are contained; `cache`: a folder that keeps the trial's result for this very system."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    jail = _cached_trial(cache)
    user = _user_layer(is_root, jail.ok)
    layers = (_warden_layer(), _linux_layer(), jail, user, _outside_layer())
    return Verdict(layers, jail_ok=jail.ok, uid_ok=user.ok)


# -- the layers --------------------------------------------------------------------------------------


def _warden_layer() -> Layer:
    return Layer("L0 warden", True, "Every run has a supervisor that ends it: on Stop, at its time, with the server.")


def _linux_layer() -> Layer:
    if procfs.AVAILABLE and sys.platform == "linux":
        text = "What a run leaves behind is adopted, frozen and killed; memory, processes and files are limited."
        return Layer("L1 Linux", True, text)
    text = f"{platform.system()} does not let a supervisor adopt what a run leaves behind, and has no jail."
    advice = "Run lessons and your own programs only; for anything else use Linux, also in a container or a VM."
    return Layer("L1 Linux", False, text, advice)


def _user_layer(is_root: bool, jail_ok: bool) -> Layer:
    if not is_root:
        return Layer("L2 user", True, "The server is a plain user, and so are all runs.")
    if jail_ok:
        return Layer("L2 user", True, "The server is root; each jailed run has a user id of its own, from 64000 on.")
    text = "The server is root, and cannot hand its runs over to a plain user."
    return Layer(
        "L2 user", False, text, "Start the server as a plain user (Docker: --user 1000, or USER in the image)."
    )


def _outside_layer() -> Layer:
    """Look for limits around the server itself, which it can neither set nor see for certain."""
    limits = {name: _cgroup_limit(name) for name in ("memory.max", "pids.max")}
    missing = [name for name, value in limits.items() if value is None]
    if not missing:
        said = ", ".join(f"{name} {value}" for name, value in limits.items())
        return Layer("L3 around the server", True, f"The server's control group is limited: {said}.")
    text = f"The server's control group has no {' and no '.join(missing)}: the kernel's own memory is not limited."
    advice = "For a public address: a container or a systemd unit with MemoryMax and TasksMax, or a VM."
    return Layer("L3 around the server", False, text, advice)


def sees_control_group() -> bool:
    """Say whether there is a control group of this process to be looked at (cgroup v2)."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def _cgroup_limit(name: str) -> str | None:
    """Return the limit that the server's control group, or one above it, has; None where there is none."""
    try:
        rows = Path("/proc/self/cgroup").read_text().splitlines()
        (inside,) = (row.removeprefix("0::") for row in rows if row.startswith("0::"))
    except (OSError, ValueError):
        return None
    root = Path("/sys/fs/cgroup")
    group = root / inside.lstrip("/")
    # In a container the path may be the host's, and what is mounted is the container's own group.
    for folder in (group, *group.parents, root):
        if folder != root and root not in folder.parents:
            continue
        with contextlib.suppress(OSError):
            value = (folder / name).read_text().strip()
            if value != "max":
                return value
    return None


# -- the jail, tried out -----------------------------------------------------------------------------


def _cached_trial(cache: Path | None) -> Layer:
    path = None if cache is None else cache / _CACHE_NAME
    key = _key()
    if path is not None:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(path.read_text("utf-8"))
            if kept["key"] == key:
                return Layer(**kept["layer"])
    layer = _trial()
    # What failed may be mended by the next time, and costs no start-up of a run that works.
    if cache is not None and path is not None and layer.ok:
        with contextlib.suppress(OSError):
            cache.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"key": key, "layer": dataclasses.asdict(layer)}), "utf-8")
    return layer


def _key() -> list[str]:
    """Return all that the trial's result depends on."""
    try:
        version = subprocess.run([bwrap.find_bwrap(), "--version"], capture_output=True, text=True, timeout=10).stdout
    except (bwrap.CannotJail, OSError, subprocess.SubprocessError):
        version = ""
    ours = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.glob("seccomp/*.bpf"), _ATTACK]):
        ours.update(path.read_bytes())
    user = str(os.geteuid()) if hasattr(os, "geteuid") else ""
    return [version.strip(), platform.release(), sys.executable, sys.version, user, ours.hexdigest()]


def _trial() -> Layer:
    """Attack a jail of ours; say whether it withstood."""
    try:
        bwrap.check(bwrap.find_bwrap())
        with _outside() as outside:
            events = _attacked(outside)
            still_lives = outside.witness.poll() is None
    except (bwrap.CannotJail, WardenError, OSError) as error:
        return Layer("L2 jail", False, str(error), _advice(str(error)))
    return _judge(events, still_lives)


def _attacked(outside: "_Outside") -> list[dict[str, Any]]:
    said = {**outside.facts, "processes": _PROCESSES}
    spec = RunSpec("trial", str(_ATTACK), argv=(json.dumps(said),), limits=_LIMITS, jail=True)
    # The secret must not be in the trace's header either, which nobody inside can see.
    with Warden.start() as warden, contextlib.closing(warden.run(spec)) as stream, stream.makefile() as lines:
        return list(codec.read(lines).events)


def _judge(events: list[dict[str, Any]], witness_lives: bool) -> Layer:
    ended = events[-1]
    if ended["status"] == "failed":
        return Layer("L2 jail", False, ended.get("text", ""), _advice(ended.get("text", "")))
    words = "".join(event["text"] for event in events if event["kind"] == "output.written" and event["stream"] == 1)
    refused = {}
    for line in words.splitlines():
        with contextlib.suppress(ValueError):
            name, is_refused, _ = json.loads(line)
            refused[name] = is_refused
    if ended["status"] == "limited" and any(event.get("limit") == "processes" for event in events):
        refused.setdefault(_FORK_BOMB, True)
    went_through = [name for name, is_refused in refused.items() if not is_refused]
    if not witness_lives:
        went_through.append("processes: one outside was killed")
    if went_through:
        text = f"The jail did not withstand: {'; '.join(went_through)}."
        return Layer("L2 jail", False, text, "Do not run other people's code here. Please report this.")
    if _FORK_BOMB not in refused:
        text = f"The attack on the jail ended early, after {len(refused)} attempts ({ended['status']})."
        return Layer("L2 jail", False, text, "Try again; where it stays so, please report it.")
    return Layer("L2 jail", True, f"bubblewrap works, and the jail withstood all of {len(refused)} attacks.")


@dataclasses.dataclass(frozen=True)
class _Outside:
    facts: dict[str, Any]
    witness: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def _outside() -> Iterator[_Outside]:
    """Yield things outside of the jail that an attack may try to reach: ports, a file, a process, a secret."""
    secret = secrets.token_hex(16)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(f"\0concurrency-lab-{secret}")
        named.listen()
        file = stack.enter_context(tempfile.NamedTemporaryFile("w", prefix="concurrency-lab-"))
        file.write(secret)
        file.flush()
        witness = stack.enter_context(
            subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, env={"SECRET": secret})
        )
        stack.callback(witness.kill)
        # The program knows half of the secret, or it would find it in its own arguments.
        facts = {"port": port.getsockname()[1], "socket": f"concurrency-lab-{secret}", "file": file.name}
        yield _Outside({**facts, "pid": witness.pid, "secret": f"SECRET={secret[:16]}"}, witness)


_ADVICE = (
    ("not installed", "Debian and Ubuntu: sudo apt-get install bubblewrap. Fedora: sudo dnf install bubblewrap."),
    ("too old", "Install bubblewrap 0.8 or newer (Debian 12, Ubuntu 24.04)."),
    ("Only Linux", "Lessons and your own programs run all the same; other people's code must not."),
    (
        "namespace",
        "Unprivileged user namespaces are switched off. Debian: sysctl kernel.unprivileged_userns_clone=1. "
        "Ubuntu 24.04: an AppArmor profile for bwrap that has the rule `userns`, "
        "or sysctl kernel.apparmor_restrict_unprivileged_userns=0. "
        "Docker: its default seccomp profile forbids them; --security-opt seccomp=FILE with one that allows them.",
    ),
    ("uid map", "The same as for namespaces: see docs/containment.md, part Layers."),
    ("plain user", "Start the server as a plain user (Docker: --user 1000, or USER in the image)."),
)


def _advice(text: str) -> str:
    return next((advice for word, advice in _ADVICE if word in text), "See docs/containment.md, part Layers.")
