"""A real server in a process of its own with hostile programs to run, in either layer of containment."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests

from concurrency_lab.supervisor import jail
from tests.faults import truth
from tests.faults.programs import PROGRAMS
from tests.faults.truth import Process
from tests.web.lab_server import LabServer

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
L1, L2 = "L1", "L2"
_USER = 4242
# Programs that a lesson limits are given this long, in L2 by the server's own limit.
_LONG_S = 60.0
_PATIENCE_S = 30.0
_TAG = (
    "import os, resource, sys; value = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_MSGQUEUE, (value, value));"
    "os.execv(sys.argv[2], sys.argv[2:])"
)
_LESSON = """chapter = 4
order = 99
level = 1
minutes = 5
related = []
primitives = ["threading.Thread"]
wall_seconds = {wall_s}
[title]
en = "{name}"
zh = "{name}"
[summary]
en = "Hostile."
zh = "有敌意。"
"""


class NotThere(Exception):
    """What this row is about is not built yet, or not promised in this layer; the text says which."""


class Lab(LabServer):
    """A server with its tag: what it ever started is found without asking it."""

    def __init__(
        self, process: "subprocess.Popen[str]", url: str, data: Path, *, layer: str, posts_code: bool, tag: int
    ) -> None:
        self.layer = layer
        self.posts_code = posts_code
        self.tag = tag
        super().__init__(process, url, data, "eventlet")

    # -- what is run ---------------------------------------------------------------------------------

    def body(self, name: str) -> dict[str, Any]:
        """Return what is posted to run one of PROGRAMS: as a lesson, or pasted into the playground."""
        return {"code": PROGRAMS[name]} if self.posts_code else {"lesson": name}

    def start(self, lesson: str, **_params: Any) -> str:
        """Start one of PROGRAMS; return the run's id."""
        answer = self.post(lesson)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def post(self, name: str) -> requests.Response:
        return self.http.post(f"{self.url}/api/runs", json=self.body(name), timeout=_PATIENCE_S)

    def healthz(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"{self.url}/healthz", timeout=_PATIENCE_S).json()
        return answer

    def started_s(self, run_id: str) -> float:
        """Return when a run began, by CLOCK_MONOTONIC."""
        header = self.run(run_id)["header"]
        return float(header["started_monotonic_ns"]) / 1e9

    # -- what the OS says ------------------------------------------------------------------------------

    def everything(self) -> list[Process]:
        """Return the server and everything that it ever started and that is there yet."""
        return truth.tagged(self.tag)

    def of_runs(self) -> list[Process]:
        """Return what belongs to runs: supervisors, jails and programs."""
        ours = (self.process.pid,)
        return [found for found in self.everything() if found.pid not in ours and found.name != "clab-warden"]

    def programs(self) -> list[Process]:
        """Return the living processes of hostile programs."""
        living = (found for found in self.of_runs() if found.is_program and not found.is_zombie)
        return list(living)

    def of_name(self, name: str) -> list[Process]:
        return [found for found in self.everything() if found.name == name and not found.is_zombie]

    def wait_grown(self, count: int) -> None:
        """Wait until programs have so many processes."""
        truth.wait_until(lambda: len(self.programs()) >= count, f"{count} hostile processes are there")

    def wait_gone(self, since_s: float, patience_s: float = 30.0) -> float:
        """Return how long after `since_s` no hostile process was left, not even a zombie."""
        return truth.wait_until(self._is_empty, "no hostile process is left", patience_s) - since_s

    def _is_empty(self) -> bool:
        return not any(found.is_program for found in self.of_runs())

    def wait_free(self) -> None:
        """Wait until the server itself has taken note of the end of all runs."""
        truth.wait_until(lambda: self.healthz()["runs"] == 0, "the server has no run", 90)

    def left(self) -> int:
        """Return how many processes of runs are there for good, by a second witness too: the data folder's name.

        Supervisors and jails among them: they end a moment after their run.
        """
        with contextlib.suppress(AssertionError):
            truth.wait_until(lambda: not self.of_runs(), "supervisors have ended", 5)
        lab = {self.process.pid, *(found.pid for found in self.everything() if found.name == "clab-warden")}
        found = {*self.of_runs(), *(p for p in truth.named(str(self.data)) if p.pid not in lab and not p.is_zombie)}
        return len(found)

    def kill(self) -> None:
        """Kill the server, and take its exit status: it is our child."""
        self.http.close()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def end_all(self) -> None:
        """End the server and, whatever it may have left, everything with its tag."""
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.end()
        if self.process.poll() is None:
            self.kill()
        deadline_s = time.monotonic() + 5
        while (left := [found for found in self.everything() if not found.is_zombie]) and time.monotonic() < deadline_s:
            for found in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found.pid, signal.SIGKILL)
            time.sleep(0.01)


class Bench:
    """Makes servers for the rows of one layer, and folders that go with them.

    With `posts_code` they are playgrounds of a plain user, and programs are pasted; else programs are lessons.
    """

    def __init__(self, layer: str, folder: Path, posts_code: bool = False) -> None:
        self.layer = layer
        self.folder = folder
        self.posts_code = posts_code
        self._made = 0
        # What the first server found out by attacking a jail: the others need not try it again.
        self._verdict: bytes | None = None

    def new_folder(self) -> Path:
        self._made += 1
        folder = self.folder / f"faults-{self._made}"
        folder.mkdir()
        if self.posts_code and os.geteuid() == 0:
            os.chown(folder, _USER, _USER)
        return folder

    @contextlib.contextmanager
    def serving(
        self, *programs: str, wall_s: float = _LONG_S, data: Path | None = None, arguments: Sequence[str] = (),
        environ: dict[str, str] | None = None, **settings: Any,
    ) -> Iterator[Lab]:  # fmt: skip
        """Serve these of PROGRAMS while the block runs; `settings` go to create_app, LIMITS by what differs."""
        lab = self.launch(programs, wall_s, data or self.new_folder() / "data", arguments, environ or {}, settings)
        try:
            yield lab
        except AssertionError as error:
            log = (lab.data.parent / "log").read_text("utf-8", "replace").strip().splitlines()[-1:]
            raise AssertionError(f"{error}; the server's log ends with {log}") from error
        finally:
            lab.end_all()

    def launch(
        self, programs: Sequence[str], wall_s: float, data: Path, arguments: Sequence[str], environ: dict[str, str],
        settings: dict[str, Any],
    ) -> Lab:  # fmt: skip
        """Start a server; return it when it answers."""
        tag = truth.new_tag()
        settings = {"MAX_RUNS_PER_VIEWER": settings.get("MAX_RUNS", 8)} | settings
        command = ["--port", "0", "--data", str(data), "--no-open", *arguments]
        if self.layer == L1:
            command.append("--no-jail")
        if self.posts_code:
            command.append("--playground")
            settings = settings | {"PLAYGROUND_LIMITS": {"wall_s": wall_s, **settings.get("LIMITS", {})}}
        else:
            command += ["--lessons", str(self._lessons(programs, wall_s))]
        kept = data / jail._CACHE_NAME
        if self._verdict is not None and not data.exists():
            data.mkdir()
            kept.write_bytes(self._verdict)
            if self.posts_code and os.geteuid() == 0:
                os.chown(data, _USER, _USER)
        python, environ = self._python(environ)
        command = [*self._as_user(), python, "-S", "-c", _TAG, str(tag), python, str(HERE / "launch.py"),
                   json.dumps(settings), *command]  # fmt: skip
        with open(data.parent / "log", "ab") as log:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=data.parent, env=environ
            )
        assert process.stdout is not None
        said = process.stdout.readline()
        if "http://" not in said:
            process.wait(_PATIENCE_S)
            process.stdout.close()
            why = (data.parent / "log").read_text().strip().splitlines()[-1:]
            raise NotThere(f"the server does not start in {self.layer}: {' '.join(why)[:200]}")
        if self.layer == L2 and kept.exists():
            self._verdict = kept.read_bytes()
        url = said.split()[4].rstrip("/")
        return Lab(process, url, data, layer=self.layer, posts_code=self.posts_code, tag=tag)

    def _lessons(self, programs: Sequence[str], wall_s: float) -> Path:
        base = self.new_folder()
        for name in programs:
            folder = base / name
            folder.mkdir()
            (folder / "lesson.toml").write_text(_LESSON.format(name=name, wall_s=wall_s), "utf-8")
            (folder / "program.py").write_text(PROGRAMS[name], "utf-8")
            for lang in ("en", "zh"):
                (folder / f"{lang}.md").write_text(name, "utf-8")
        return base

    def _as_user(self) -> list[str]:
        if not self.posts_code or os.geteuid() != 0:
            return []
        return ["setpriv", "--reuid", str(_USER), "--regid", str(_USER), "--clear-groups"]

    def _python(self, environ: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Return an interpreter that the server's user may run, and its environment."""
        environ = os.environ | environ
        if self.posts_code and os.geteuid() == 0:
            packages = next(path for path in sys.path if path.endswith("site-packages"))
            environ["PYTHONPATH"] = packages
            environ["HOME"] = str(self.folder)
            environ["PYTHONDONTWRITEBYTECODE"] = "1"
            return "/usr/bin/python3", environ
        return sys.executable, environ


@contextlib.contextmanager
def bench(layer: str, posts_code: bool = False) -> Iterator[Bench]:
    """Make a bench in a folder that goes when it is over."""
    folder = Path(tempfile.mkdtemp(prefix="clab-faults-"))
    # A plain user's server must be able to get through to its own folder.
    folder.chmod(0o755)
    try:
        yield Bench(layer, folder, posts_code)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_layer(made: Bench) -> None:
    """Raise NotThere where this machine's servers do not contain their runs as the layer says."""
    with made.serving("steady") as lab:
        lab.start("steady")
        lab.wait_grown(1)
        is_jailed = all(truth.is_in_own_namespace(found.pid) for found in lab.programs())
    if is_jailed != (made.layer == L2):
        raise NotThere(f"runs are {'jailed' if is_jailed else 'not jailed'} on this machine: see `doctor`")
