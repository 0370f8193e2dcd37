"""Whether Python can read a program, before it is run. Never asked in the server's own process: see syntax_child.py."""

import collections
import hashlib
import itertools
import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from concurrency_lab.web.aio import Aio

_CHILD = Path(__file__).with_name("syntax_child.py")
# It gives itself 2 s of CPU time; a busy machine may need longer for that.
_PATIENCE_S = 10.0
_AT_ONCE = 2
_REMEMBERED = 64
_LONGEST_SAID = 300


@dataclass(frozen=True)
class Mistake:
    """Where Python stops reading, and what it says; `line` and `column` from 1, columns in characters."""

    python: str
    said: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class GaveUp:
    """Python did not come to an end with a program, and cannot say where."""

    python: str


Verdict = Mistake | GaveUp | None


class SyntaxChecker:
    """Asks a short-lived interpreter, two at once at most; remembers the newest answers."""

    def __init__(self, aio: Aio) -> None:
        self._aio = aio
        self._lanes = [aio.lock() for _ in range(_AT_ONCE)]
        self._next = itertools.count()
        self._known: collections.OrderedDict[bytes, Verdict] = collections.OrderedDict()

    def check(self, code: str) -> Verdict:
        """Return what is wrong with a program; None: nothing."""
        data = code.encode()
        digest = hashlib.sha256(data).digest()
        if digest in self._known:
            return self._known[digest]
        with self._lanes[next(self._next) % _AT_ONCE]:
            verdict: Verdict = self._aio.offload(_ask, data)
        self._known[digest] = verdict
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return verdict


def _ask(code: bytes) -> Verdict:
    # Of our environment it gets nothing but what some interpreters need to start.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    command = [sys.executable, "-I", "-S", str(_CHILD)]
    try:
        done = subprocess.run(
            command, input=code, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=_PATIENCE_S
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        # Killed by a limit, or by the program: its compiler's stack can overflow.
        return GaveUp(platform.python_version())
    if "gave_up" in answer:
        return GaveUp(answer["python"])
    return _mistake(answer) if "said" in answer else None


def _mistake(answer: dict[str, object]) -> Mistake:
    """Return a mistake with a place: Python does not know that of each, and says 0 or -1 for some ends."""
    line, column, end_line, end_column = (
        value if isinstance(value := answer[name], int) and value > 0 else 0
        for name in ("line", "column", "end_line", "end_column")
    )
    line, column = max(line, 1), max(column, 1)
    if (end_line, end_column) < (line, column):
        end_line, end_column = line, column
    return Mistake(str(answer["python"]), str(answer["said"])[:_LONGEST_SAID], line, column, end_line, end_column)
