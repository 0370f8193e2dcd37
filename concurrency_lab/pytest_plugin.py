"""pytest --concurrency-trace: every test in a traced process of its own; the trace of one that fails or hangs is kept.

A test's trace is to hold that test only, and one that hangs must be ended with all its threads and processes:
so each has its own process, and what is made once for a session or a module is made for every test again.
"""

import contextlib
import json
import re
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.record import copy
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.summary import summarize

_CHILD = Path(__file__).with_name("pytest_child.py")
_FOLDER = "concurrency-traces"
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 150
# Importing pytest and its plugins does not count; but whoever hangs there hangs, too.
_START_S = 120.0
_LOOK_S = 0.05


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("concurrency lab")
    group.addoption(
        "--concurrency-trace",
        action="store_true",
        help="run each test in a traced process of its own; keep the trace of what fails or hangs and tell it",
    )
    group.addoption(
        "--concurrency-timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="a test that takes longer hangs (default: 60)",
    )
    group.addoption(
        "--concurrency-folder", default=_FOLDER, metavar="DIR", help=f"where traces are kept (default: {_FOLDER})"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take over the running of tests, if we are asked to."""
    if config.getoption("--concurrency-trace"):
        config.pluginmanager.register(Tracing(config), "concurrency-lab-tracing")


class _Patience:
    """Stops a run when its test, which has begun as soon as there is a file for its reports, takes too long."""

    def __init__(self, stream: socket.socket, reports: Path, timeout_s: float) -> None:
        self._stream = stream
        self._reports = reports
        self._timeout_s = timeout_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.is_over = False

    def __enter__(self) -> "_Patience":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._reports.exists():
            if self._ended.wait(_LOOK_S):
                return
        if not self._ended.wait(self._timeout_s):
            self.is_over = True
            with contextlib.suppress(OSError):
                self._stream.sendall(b"stop\n")


class Tracing:
    """Runs every test under a warden of this session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._timeout_s: float = config.getoption("--concurrency-timeout")
        self._folder = config.invocation_params.dir / config.getoption("--concurrency-folder")
        self._warden = Warden.start()

    def pytest_unconfigure(self) -> None:
        """End what is still there."""
        self._warden.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Run one test; nobody else is to."""
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        with tempfile.TemporaryDirectory(prefix="concurrency-lab-pytest-") as folder:
            trace, reports = Path(folder, "trace.ndjson"), Path(folder, "reports")
            with trace.open("wb") as file, self._warden.run(self._spec(item, reports)) as stream:
                with _Patience(stream, reports, self._timeout_s) as patience:
                    ended = copy(stream, file)
                if patience.is_over:
                    ended = {"text": f"It took longer than {self._timeout_s:g} s: it hangs, or needs more time."}
            for report in _complete(item, list(self._read(reports)), ended):
                if report.failed:
                    report.sections.append(("Concurrency Lab", self._keep(item, trace)))
                item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _spec(self, item: pytest.Item, reports: Path) -> RunSpec:
        asked = self._config.invocation_params
        ours = {*map(str, self._config.known_args_namespace.file_or_dir), "--concurrency-trace"}
        options = [argument for argument in map(str, asked.args) if argument not in ours]
        test = f"{item.path}::{item.nodeid.partition('::')[2]}" if "::" in item.nodeid else str(item.path)
        arguments = [*options, "-p", "no:cacheprovider", f"--rootdir={self._config.rootpath}", test]
        return RunSpec(
            run_id=secrets.token_hex(6),
            program=str(_CHILD),
            argv=(json.dumps([str(reports), sys.path, *arguments]),),
            cwd=str(asked.dir),
            limits=Limits(wall_s=self._timeout_s + _START_S),
            user_roots=(str(self._config.rootpath),),
            exclude=(str(_CHILD),),
        )

    def _read(self, reports: Path) -> Iterator[pytest.TestReport]:
        if not reports.exists():
            return
        for line in reports.read_text("utf-8").splitlines():
            data = json.loads(line)
            yield self._config.hook.pytest_report_from_serializable(config=self._config, data=data)

    def _keep(self, item: pytest.Item, trace: Path) -> str:
        """Keep a trace; return what it shows."""
        name = _NOT_IN_A_NAME.sub("-", item.nodeid)[-_LONGEST_NAME:]
        kept = self._folder / f"{name}.ndjson"
        self._folder.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(trace.read_bytes())
        with kept.open(encoding="utf-8", errors="surrogatepass") as lines:
            found = summarize(codec.stream(lines))["findings"]
        said = [f"{finding['code']}: {finding['text']}" for finding in found] or ["Nothing was found in its trace."]
        return "\n".join([*said, f"Look at it with: {sys.executable} -m concurrency_lab replay {kept}"])


def _complete(item: pytest.Item, reports: list[pytest.TestReport], ended: dict[str, Any]) -> list[pytest.TestReport]:
    """Return the reports of a test, with one more where its process ended before it could say how."""
    if any(report.when == "teardown" for report in reports):
        return reports
    when = "call" if reports else "setup"
    why = ended.get("text") or _how(ended)
    text = f"{item.nodeid} did not come to its end. {why}"
    lost = pytest.TestReport(item.nodeid, item.location, {}, "failed", text, when)  # type: ignore[arg-type]
    return [*reports, lost]


def _how(ended: dict[str, Any]) -> str:
    if "signal" in ended:
        return f"Its process was ended by signal {ended['signal']}."
    return f"Its process ended with exit code {ended.get('exit_code')}."
