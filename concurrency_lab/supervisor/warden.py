"""The warden: one small single-threaded process that alone starts supervisors.

It is started before the server has any thread, because a child dies with the *thread* that made it.
It outlives no one: when its control socket ends, so do all runs. What a killed supervisor leaves
behind becomes the warden's child (it is a sub-reaper), and ends too.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time

from concurrency_lab.supervisor import containment, keeper, procfs, slots, supervisor
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace import codec

LENGTH = struct.Struct("<I")
FOLDER_PREFIX = "concurrency-lab-"
# What a killed supervisor leaves behind becomes our child generation by generation, and nothing
# wakes us for it: so we look, for a while after every end of a supervisor.
_LOOK_AFTER_S = 2.0
_LOOK_EVERY_S = 0.01


def shared_memory_folder() -> str:
    """Return where segments lie: memory, not disk, where the system has such a folder."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else tempfile.gettempdir()


def sweep() -> int:
    """Remove segment folders whose warden is gone; return how many there were."""
    swept = 0
    base = shared_memory_folder()
    for name in os.listdir(base):
        owner = name.removeprefix(FOLDER_PREFIX).partition("-")[0]
        if name.startswith(FOLDER_PREFIX) and owner.isdigit() and not _is_alive(int(owner)):
            shutil.rmtree(os.path.join(base, name), ignore_errors=True)
            swept += 1
    return swept


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Warden:
    """See the module. `control` brings requests: a length, a JSON text, and the run's socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._folders: dict[int, str] = {}
        # of jailed runs: which of the slots each has
        self._slots: dict[int, int] = {}
        self._started = 0
        self._look_until_s = 0.0

    def serve(self) -> None:
        """Start runs until the control socket ends; then end them all."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            looking = time.monotonic() < self._look_until_s
            wait_s = _LOOK_EVERY_S if looking else None
            ready, _, _ = select.select([self._control.fileno(), woken], [], [], wait_s)
            if woken in ready:
                os.read(woken, 4096)
                self._reap()
            if woken in ready or looking:
                self._end_strays()
            if self._control.fileno() in ready and not self._take_request():
                break
        self._end_all()

    def _take_request(self) -> bool:
        try:
            data, fds, _, _ = socket.recv_fds(self._control, LENGTH.size, 1)
        except OSError:
            return False
        if not data:
            return False
        (length,) = LENGTH.unpack(data)
        request = b""
        while len(request) < length:
            request += self._control.recv(length - len(request))
        if not fds:
            # We have no descriptor left, and its own is lost: whoever asked sees the stream end.
            return True
        spec_text, header = json.loads(request)
        # A descriptor that came through a socket is inheritable; the program must not hold our end open.
        os.set_inheritable(fds[0], False)
        self._start(RunSpec.from_json(spec_text), header, fds[0])
        return True

    def _start(self, spec: RunSpec, header: dict[str, object], fd: int) -> None:
        self._started += 1
        base = shared_memory_folder()
        folder = os.path.join(base, f"{FOLDER_PREFIX}{os.getpid()}-{self._started}")
        try:
            os.mkdir(folder, 0o700)
        except OSError as error:
            _refuse(header, fd, f"The run could not be started: {base} takes no folder ({error.strerror}).")
            return
        number = slots.lowest_free(self._slots.values())
        try:
            pid = os.fork()
        except OSError as error:
            # The machine has no process left: that is this run's bad luck, not that of all the others.
            os.rmdir(folder)
            _refuse(header, fd, f"The run could not be started: the machine has no room for it ({error.strerror}).")
            return
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            control = socket.socket(fileno=fd)
            if spec.jail:
                keeper.main(spec, header, control, slots.Slot(number, folder), lambda why: _refuse(header, fd, why))
            supervisor.main(spec, header, control, folder)
        os.close(fd)
        self._folders[pid] = folder
        if spec.jail:
            self._slots[pid] = number

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                # A program may stop its parent. Nobody would see its limits then.
                if pid in self._folders:
                    os.kill(pid, signal.SIGCONT)
                continue
            folder = self._folders.pop(pid, None)
            self._slots.pop(pid, None)
            if folder is not None:
                self._look_until_s = time.monotonic() + _LOOK_AFTER_S
                shutil.rmtree(folder, ignore_errors=True)

    def _end_strays(self) -> None:
        """End what a supervisor that was killed has left behind: it is our child now."""
        for pid in procfs.children(os.getpid()):
            if pid not in self._folders:
                containment.kill_below(pid, self._reap)
                with procfs.ignore_gone():
                    os.kill(pid, signal.SIGKILL)

    def _end_all(self) -> None:
        """Kill everything at once: there is nobody left whom a supervisor could tell how its run ended."""
        containment.kill_below(os.getpid(), self._reap)
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def _refuse(header: dict[str, object], fd: int, text: str) -> None:
    """Deliver the trace of a run that could not even be supervised."""
    ended = {"seq": 0, "ts_ns": 0, "kind": "run.ended", "by": "os", "status": "failed", "text": text}
    with socket.socket(fileno=fd) as control, contextlib.suppress(OSError):
        control.sendall("".join(codec.write(header, [ended])).encode("utf-8", "surrogatepass"))


def main() -> None:
    """Be the warden; the control socket's number is the only argument (see client.py)."""
    containment.become_subreaper()
    containment.set_title("clab-warden")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sweep()
    Warden(socket.socket(fileno=int(sys.argv[1]))).serve()
