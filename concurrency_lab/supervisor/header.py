"""The first line of a trace: what was run, with what, where, when."""

import datetime
import functools
import json
import multiprocessing
import os
import platform
import subprocess
import sys
from typing import Any

from concurrency_lab.supervisor.sources import read_source
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace import codec

_ASK = (
    "import json, sys, multiprocessing as m;"
    "has_gil = getattr(sys, '_is_gil_enabled', lambda: True)();"
    "print(json.dumps([sys.implementation.name, has_gil, sys.version.split()[0], m.get_start_method()]))"
)
# Understood by every Python there has been.
_ASK_AN_OLD_ONE = "import sys; print(sys.version.split()[0])"
_SUPPORTED = ((3, 11), (3, 12), (3, 13))


class PythonError(Exception):
    """An interpreter that cannot be used; its text says why and what to do."""


@functools.cache
def interpreter(python: str) -> tuple[str, str]:
    """Return an interpreter's version and multiprocessing's default start method.

    Raises PythonError where it does not run or is not a version that the probes support.
    """
    if python == sys.executable:
        return platform.python_version(), multiprocessing.get_all_start_methods()[0]
    try:
        name, has_gil, version, start_method = json.loads(_answer(python, "-I", "-c", _ASK))
    except (OSError, subprocess.SubprocessError, ValueError):
        raise PythonError(_why_not(python)) from None
    if name != "cpython":
        raise PythonError(f"{python} is {name}. Programs can be traced on CPython 3.11, 3.12 and 3.13.")
    if _numbers(version) not in _SUPPORTED:
        raise PythonError(_unsupported(python, version))
    if not has_gil:
        raise PythonError(f"{python} is a Python without a GIL. Programs can be traced on one that has it.")
    return version, start_method


def _answer(*command: str) -> str:
    # What stands on standard input is for the program, not for whatever this is.
    asked = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True, encoding="utf-8"
    )
    return asked.stdout


def _why_not(python: str) -> str:
    """Return why an interpreter did not answer: it may be too old to understand the question."""
    try:
        version = _answer(python, "-E", "-c", _ASK_AN_OLD_ONE).strip()
        _numbers(version)
    except (OSError, subprocess.SubprocessError, ValueError):
        return f"{python or 'An empty path'} could not be run. Give the path of a Python 3.11, 3.12 or 3.13."
    return _unsupported(python, version)


def _numbers(version: str) -> tuple[int, ...]:
    major, minor, *_ = version.split(".")
    return int(major), int(minor)


def _unsupported(python: str, version: str) -> str:
    return f"{python} is Python {version}. Programs can be traced on 3.11, 3.12 and 3.13."


def _boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def make_header(spec: RunSpec) -> dict[str, Any]:
    """Return the header of a run that is about to start."""
    version, start_method = interpreter(spec.python)
    path = os.path.join(spec.cwd or os.getcwd(), spec.program)
    name = os.path.basename(spec.program)
    header = {
        "format": codec.FORMAT,
        "run": spec.run_id,
        "program": name,
        "source": {name: read_source(path) or ""},
        "python": version,
        "platform": f"{sys.platform} {platform.machine()}",
        "started_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "argv": list(spec.argv),
        "params": spec.params,
        "start_method": start_method,
        "cpu_count": os.cpu_count() or 1,
        "watched": True,
        "boot": _boot_id(),
    }
    if spec.step:
        header["step"] = True
    if spec.variables:
        header["variables"] = True
    if spec.lesson:
        header["lesson"] = spec.lesson
    if spec.case:
        header["case"] = spec.case
    return header
