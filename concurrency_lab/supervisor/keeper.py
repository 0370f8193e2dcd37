"""The process outside around one jail: starts bubblewrap, sees that it begins and ends, and has the last word.

Forked from the single-threaded warden, one a run. The supervisor inside does all the work; what it is
asked and does not take within half a second, the keeper does by killing the jail from outside.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from typing import Any, NoReturn

from concurrency_lab.supervisor import bwrap, containment, inside, launch, procfs, slots
from concurrency_lab.supervisor.spec import RunSpec

_LAST_RESORT_S = 0.5
# A program of many sessions gets nearly all of the CPUs (each session gets the same share, whatever its nice value):
# it is stopped first, so that the supervisor can go on, and complete the trace.
_FREEZE_S = 0.05
# The supervisor inside ends the run at its wall time; who sees to that if it does not.
_WALL_GRACE_S = 2.0
# How often to look whether somebody has stopped the supervisor, which nobody tells us of.
_LOOK_S = 0.5
_EXCUSE_BYTES = 2000
# Files and folders that a run may make where nobody says otherwise; each takes 1 kB of the kernel's memory.
_FILES = 10_000


class Keeper:
    """One jail, seen from outside. `control`: the other end is the server's."""

    def __init__(self, spec: RunSpec, header: dict[str, Any], control: socket.socket, slot: slots.Slot) -> None:
        self._spec = spec
        self._header = header
        self._control = control
        self._slot = slot
        self._status, self._status_writer = os.pipe()
        self._info, self._info_writer = os.pipe()
        self._said = b""
        self._inside = 0

    def run(self) -> str | None:
        """Keep the jail until it has ended; return why it did not even begin, None where it did."""
        with tempfile.TemporaryFile() as excuse:
            pid = self._start(excuse.fileno())
            os.close(self._status_writer)
            os.close(self._info_writer)
            self._keep(pid)
            containment.kill_below(os.getpid(), _reap)
            if inside.BOOTED in self._said:
                return None
            excuse.seek(0)
            said = excuse.read(_EXCUSE_BYTES).decode("utf-8", "replace").strip()
            return f"The jail of this run could not be made: {said or 'bubblewrap ended without a word.'}"

    def _start(self, excuse: int) -> int:
        pid = os.fork()
        if pid == 0:
            try:
                self._become_jail(excuse)
            except BaseException as error:
                os.write(excuse, (str(error) or type(error).__name__).encode("utf-8", "replace"))
            os._exit(127)
        return pid

    def _become_jail(self, excuse: int) -> NoReturn:
        containment.die_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        path = bwrap.find_bwrap()
        folder = os.path.dirname(os.path.join(self._spec.cwd or os.getcwd(), self._spec.program))
        binds = bwrap.binds(self._spec.python, folder)
        if os.geteuid() == 0:
            binds = slots.drop_to(self._slot, binds)
            # A change of the user id takes it back.
            containment.die_with_parent()
        containment.prepare_jail()
        sizes = bwrap.Sizes.within(self._spec.limits.memory_mb)
        words = bwrap.command(path, binds, launch.jail_environment(self._spec), sizes, self._passed())
        null = os.open(os.devnull, os.O_RDWR)
        for target, fd in ((0, null), (1, null), (2, excuse)):
            os.dup2(fd, target)
        os.execve(path, words, {})

    def _passed(self) -> bwrap.Passed:
        """Make everything that pid 1 is to get inheritable, at numbers that are no standard stream's."""
        filter_file = bwrap.filter_file(self._spec.lesson is not None)
        assert filter_file is not None
        request = os.memfd_create("request")
        with open(os.dup(request), "wb") as file:
            file.write(json.dumps([_inside(self._spec).to_json(), self._header]).encode())
        os.lseek(request, 0, os.SEEK_SET)
        seccomp = os.open(filter_file, os.O_RDONLY)
        given = (self._control.fileno(), request, self._status_writer, seccomp, self._info_writer)
        return bwrap.Passed(*(fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in given))

    # -- while it runs -------------------------------------------------------------------------------

    def _keep(self, pid: int) -> None:
        """Return when the jail has ended, or when it must be ended from outside."""
        jail = os.pidfd_open(pid)
        poller = select.poll()
        poller.register(jail, select.POLLIN)
        poller.register(self._status, select.POLLIN)
        # Until the supervisor is there, only whether the other end is.
        poller.register(self._control, select.POLLHUP)
        asked_s: float | None = None
        wall_s = self._spec.limits.wall_s
        until_s = None if wall_s is None else time.monotonic() + wall_s + _WALL_GRACE_S
        while True:
            ready = dict(poller.poll(1000 * (_LOOK_S if asked_s is None else 0.02)))
            now_s = time.monotonic()
            if jail in ready:
                self._hear()
                return
            if self._status in ready and not self._hear():
                poller.unregister(self._status)
            if ready.get(self._control.fileno(), 0) & select.POLLHUP:
                # Nobody is left to hear how it ends.
                self._kill_jail(pid)
                return
            has_ended = inside.ALL_ENDED in self._said
            asked_s = self._asked_since(asked_s, now_s)
            if asked_s is not None and asked_s + _LAST_RESORT_S < now_s and not has_ended:
                self._kill_jail(pid)
                return
            if asked_s is not None and asked_s + _FREEZE_S < now_s and not has_ended:
                self._freeze_program()
            if until_s is not None and until_s < now_s and not has_ended:
                self._kill_jail(pid)
                return
            self._wake_supervisor()
            if asked_s is not None:
                # It stays readable until the supervisor takes it: looked at every 20 ms until then.
                with contextlib.suppress(KeyError):
                    poller.unregister(self._control)
            elif inside.BOOTED in self._said:
                poller.register(self._control, select.POLLIN | select.POLLHUP)

    def _kill_jail(self, pid: int) -> None:
        """Kill pid 1 and bubblewrap: the kernel ends all the rest at once, without a look at who there is."""
        for victim in filter(None, (self._inside, pid)):
            with procfs.ignore_gone():
                os.kill(victim, signal.SIGKILL)

    def _freeze_program(self) -> None:
        if self._inside:
            for found in procfs.all_descendants(self._inside):
                with procfs.ignore_gone():
                    os.kill(found.pid, signal.SIGSTOP)

    def _asked_since(self, since_s: float | None, now_s: float) -> float | None:
        """Return since when something lies in the socket that the supervisor has not taken; None: nothing does.

        On a busy machine bubblewrap may need a second to start the supervisor: until then there is nothing to end.
        """
        if inside.BOOTED not in self._said:
            return None
        ready, _, _ = select.select([self._control], [], [], 0)
        if not ready:
            return None
        return now_s if since_s is None else since_s

    def _hear(self) -> bool:
        ready, _, _ = select.select([self._status], [], [], 0)
        said = os.read(self._status, 64) if ready else b""
        self._said += said
        if inside.BOOTED in said:
            # All is mounted where the jail needs it, and if we were killed, nobody would remove it.
            with contextlib.suppress(OSError):
                os.rmdir(self._slot.folder)
        return bool(said)

    def _wake_supervisor(self) -> None:
        """Let the supervisor go on if somebody outside has stopped it."""
        if not self._inside:
            ready, _, _ = select.select([self._info], [], [], 0)
            text = os.read(self._info, 4096) if ready else b""
            with contextlib.suppress(ValueError):
                self._inside = int(json.loads(text or b"{}").get("child-pid", 0))
        found = procfs.stat(self._inside) if self._inside else None
        if found is not None and found.state == "T":
            with procfs.ignore_gone():
                os.kill(self._inside, signal.SIGCONT)


def _inside(spec: RunSpec) -> RunSpec:
    """Return the spec as it reads within the jail."""
    program = f"{inside.PROGRAM}/{os.path.basename(spec.program)}"
    limits = dataclasses.replace(spec.limits, files=_FILES if spec.limits.files is None else spec.limits.files)
    # Its environment has been cleared on the way in.
    return dataclasses.replace(
        spec, program=program, cwd=inside.WORK, user_roots=(), limits=limits, inherit_environment=True
    )


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(
    spec: RunSpec,
    header: dict[str, Any],
    control: socket.socket,
    slot: slots.Slot,
    refuse: Callable[[str], None],
) -> NoReturn:
    """Be the keeper of one jailed run, in a process of its own; never return."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    containment.become_subreaper()
    containment.die_with_parent()
    containment.set_title("clab-keeper")
    try:
        why_not = Keeper(spec, header, control, slot).run()
        if why_not is not None:
            refuse(why_not)
    finally:
        containment.kill_below(os.getpid(), _reap)
        os._exit(0)
