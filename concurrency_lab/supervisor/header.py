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

_ASK = "import json, sys, multiprocessing as m; print(json.dumps([sys.version.split()[0], m.get_start_method()]))"


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
        asked = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, timeout=30, check=True, text=True)
        version, start_method = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        raise PythonError(f"{python} could not be run. Give the path of a Python 3.11, 3.12 or 3.13.") from None
    if tuple(int(part) for part in version.split(".")[:2]) not in ((3, 11), (3, 12), (3, 13)):
        raise PythonError(f"{python} is Python {version}. Programs can be traced on 3.11, 3.12 and 3.13.")
    return version, start_method


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
    }
    if spec.lesson:
        header["lesson"] = spec.lesson
    if spec.case:
        header["case"] = spec.case
    return header
