"""What is the same for all runs of a server: a plain environment, and the jail where there is one."""

import contextlib
import dataclasses
import os
import socket
from pathlib import Path
from typing import Protocol

from concurrency_lab.supervisor.spec import RunSpec


class Warden(Protocol):
    """Whoever starts supervisors."""

    @property
    def alive(self) -> bool:
        """Whether it can start a run."""

    def run(self, spec: RunSpec) -> socket.socket:
        """Start a run; its trace comes through the socket."""


class Contained:
    """A warden that takes care of this."""

    def __init__(self, warden: Warden, jail: bool) -> None:
        self._warden = warden
        self._jail = jail

    @property
    def alive(self) -> bool:
        """Whether it can start a run."""
        return self._warden is not None and self._warden.alive

    def run(self, spec: RunSpec) -> socket.socket:
        """Start a run; its trace comes through the socket."""
        spec = dataclasses.replace(spec, jail=spec.jail or self._jail, inherit_environment=False)
        if spec.jail:
            _let_in(Path(spec.program))
        return self._warden.run(spec)


def _let_in(program: Path) -> None:
    """Let any user read a program, whatever our umask: below root, a jail is another user's."""
    with contextlib.suppress(OSError):
        program.parent.chmod(0o755)
        os.chmod(program, 0o644)
