"""Starts the warden and asks it for runs: all that the server and the command line need of this room."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from concurrency_lab.supervisor.header import make_header
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.supervisor.warden import LENGTH

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
# Not by PYTHONPATH: the programs inherit the warden's environment, and it must stay the user's own. And in place of
# the present folder: a file there that is called signal.py is the program's, not ours.
_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from concurrency_lab.supervisor import warden; warden.main()"


class WardenError(RuntimeError):
    """The warden is gone; its text says so to whoever wanted a run."""


class Warden:
    """The warden process, seen from outside. Start it before the process has any thread."""

    def __init__(self, process: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._lock = threading.Lock()

    @classmethod
    def start(cls) -> "Warden":
        """Start a warden; it ends, and with it every run, when this object is closed or its owner dies."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-E", "-S", "-c", _BOOT, str(_PACKAGE_PARENT), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
            )
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The warden's pid."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can start a run."""
        return self._process.poll() is None

    def run(self, spec: RunSpec) -> socket.socket:
        """Start a run; return a socket that delivers its trace as NDJSON, line by line, then ends.

        Write b"stop\\n" to it, or close it, to end the run. If it ends without `run.ended`, the
        supervisor itself was killed. Raises PythonError for an interpreter that cannot be used and
        WardenError where the warden is gone.
        """
        request = json.dumps([spec.to_json(), make_header(spec)]).encode()
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            try:
                socket.send_fds(self._control, [LENGTH.pack(len(request))], [theirs.fileno()])
                self._control.sendall(request)
            except OSError:
                ours.close()
                raise WardenError("The process that starts runs has ended. Start the server again.") from None
        return ours

    def close(self) -> None:
        """End every run and the warden itself; return when nothing is left."""
        self._control.close()
        self._process.wait()

    def __enter__(self) -> "Warden":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextlib.contextmanager
def running(spec: RunSpec) -> Iterator[socket.socket]:
    """Run one program under a warden of its own: the command line's way."""
    with Warden.start() as warden, contextlib.closing(warden.run(spec)) as stream:
        yield stream
