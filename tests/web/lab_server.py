"""A real server in a process of its own, with programs made for these tests in place of the lessons."""

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from concurrency_lab.lessons.cases import MAIN, Case

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0

HELLO = """
LINES = 3
for number in range(LINES):
    print("line", number, flush=True)
"""
# Goes on until it is stopped.
STEADY = """
import time
print("steady", flush=True)
time.sleep(600)
"""
# Everything that a careless server leaves alive.
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
subprocess.Popen(sleeper)
subprocess.Popen(sleeper, start_new_session=True, env={})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
print("grown", flush=True)
time.sleep(600)
"""
PROGRAMS = {"hello": HELLO, "steady": STEADY, "family": FAMILY, "broken": ""}


class FakeLesson:
    """As much of a lesson as the server asks of one."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.prose = {"en": f"Run *{slug}* <b>now</b>", "zh": f"运行 *{slug}*"}
        self.title = title = {"en": f"The {slug}", "zh": f"课程 {slug}"}
        self.first = Case(MAIN, title, MAIN, PROGRAMS[slug], {}, wall_seconds=60)
        self.cases = {MAIN: self.first}
        self.related = ()
        self.questions = self.moments = ()
        self.finds_races = False

    def as_json(self, lang: str) -> dict[str, Any]:
        title = {"en": f"The {self.slug}", "zh": f"课程 {self.slug}"}[lang]
        return {
            "slug": self.slug,
            "chapter": "threads",
            "order": 1,
            "level": "start",
            "minutes": 5,
            "title": title,
            "summary": title,
            "params": [],
            "source": PROGRAMS[self.slug],
        }

    def validate(self, raw: dict[str, Any], _case: Case) -> dict[str, Any]:
        from concurrency_lab.lessons.catalogue import ParamError

        wrong = {"en": "A number from 1 to 600000 is needed.", "zh": "需要 1 到 600000 之间的数。"}
        lines = raw.get("lines", 3)
        if type(lines) is not int or not 1 <= lines <= 600_000:
            raise ParamError([("lines", wrong)])
        return {"lines": lines, "per_second": raw.get("per_second", 0)}

    def render(self, values: dict[str, Any], _case: Case) -> str:
        if self.slug == "broken":
            raise RuntimeError("this lesson is broken")
        return PROGRAMS[self.slug].replace("LINES = 3", f"LINES = {values['lines']}")


class FakeCatalogue:
    """The tests' programs as lessons."""

    def __init__(self) -> None:
        self.lessons = [FakeLesson(slug) for slug in PROGRAMS]
        self.problems = ()
        self.glossary: dict[str, Any] = {}

    def neighbours(self, _lesson: FakeLesson) -> tuple[None, None]:
        return None, None

    def get(self, slug: str) -> FakeLesson | None:
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)


class LabServer:
    """The server, seen from outside."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, data: Path, way: str) -> None:
        self.process = process
        self.url = url
        self.data = data
        self.way = way
        # It is to have a mistake: its traceback is no surprise.
        self.is_wrong = False
        self.http = requests.Session()
        self.token = self.page("/")["token"]
        self.http.headers["X-Lab-Token"] = self.token

    def page(self, path: str, **headers: str) -> dict[str, Any]:
        """Return the object that a page's JavaScript starts from."""
        html = self.http.get(self.url + path, headers=headers, timeout=PATIENCE_S).text
        page: dict[str, Any] = json.loads(html.partition('id="page-data">')[2].partition("</script>")[0])
        return page

    def start(self, lesson: str, **params: Any) -> str:
        """Start a run; return its id."""
        answer = self.http.post(f"{self.url}/api/runs", json={"lesson": lesson, "params": params}, timeout=PATIENCE_S)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def post(self, lesson: str = "steady", **params: Any) -> requests.Response:
        """Ask for a run, whatever comes of it."""
        return self.http.post(f"{self.url}/api/runs", json={"lesson": lesson, "params": params}, timeout=PATIENCE_S)

    def other(self) -> "LabServer":
        """Return the same server as another browser sees it."""
        return LabServer(self.process, self.url, self.data, self.way)

    def health(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"{self.url}/healthz", timeout=PATIENCE_S).json()
        return answer

    def stop(self, run_id: str) -> int:
        return self.http.delete(f"{self.url}/api/runs/{run_id}", timeout=PATIENCE_S).status_code

    def run(self, run_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"{self.url}/api/runs/{run_id}", timeout=PATIENCE_S).json()
        return answer

    def trace(self, run_id: str) -> list[str]:
        """Return the lines of a run's trace."""
        answer = self.http.get(f"{self.url}/api/runs/{run_id}/trace", timeout=PATIENCE_S)
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        return answer.content.decode().removesuffix("\n").split("\n")

    def wait_ended(self, run_id: str) -> dict[str, Any]:
        return wait_until(lambda: (run := self.run(run_id))["state"] == "ended" and run, f"{run_id} ends")

    def wait_events(self, run_id: str, count: int) -> dict[str, Any]:
        return wait_until(lambda: (run := self.run(run_id))["events"] >= count and run, f"{run_id} has {count} events")

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def errors(self) -> str:
        """Return what it has written to its standard error."""
        return _errors(self.data).read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        self.http.close()
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code


def wait_until(condition: Any, what: str) -> Any:
    """Wait for a condition that must come true; return its value."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.005)
    return value


def launch(data: Path, way: str, **settings: Any) -> LabServer:
    """Start a server on a free port; `settings` go to create_app, but for LESSONS and `arguments`."""
    lessons, arguments = settings.pop("LESSONS", ()), settings.pop("arguments", ())
    command = [sys.executable, str(Path(__file__)), json.dumps(settings)]
    # Relative to where it is started, as in `make run`.
    command += ["--port", "0", "--data", data.name, "--async", way, "--no-open"]
    command += [*(f"--lessons={folder}" for folder in lessons), *arguments]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    with _errors(data).open("ab") as errors:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=errors, text=True, cwd=data.parent, env=environ)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "http://" in said, said + _errors(data).read_text()
    return LabServer(process, said.split()[4].rstrip("/"), data, way)


@contextlib.contextmanager
def serving(data: Path, way: str, **settings: Any) -> Iterator[LabServer]:
    """Serve while the block runs: whatever is done to the server, none of its own mistakes may show."""
    server = launch(data, way, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end()
    assert server.is_wrong or "Traceback" not in server.errors(), server.errors()[-5000:]


def _errors(data: Path) -> Path:
    return data.with_name(f"{data.name}.errors")


class MadeStreams:
    """Stands in for the warden where a test needs to say how many events come, and how fast."""

    alive = True

    def run(self, spec: Any) -> socket.socket:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-S", str(Path(__file__).with_name("made_stream.py")), str(theirs.fileno())]
        command += [spec.run_id, str(spec.params["lines"]), str(spec.params["per_second"])]
        with theirs:
            # It forks and is gone at once, so that it leaves no zombie.
            subprocess.run(command, pass_fds=[theirs.fileno()], env={"PYTHONPATH": str(ROOT)}, check=True)
        return ours


def main(given: str, arguments: list[str]) -> int:
    from concurrency_lab.web import api, serve

    settings = {"CATALOGUE": FakeCatalogue(), **json.loads(given)}
    if settings.pop("NEEDS_VIEWER", False):
        api.Program = functools.partial(api.Program, needs_viewer=True)  # type: ignore[assignment,misc]
    if settings.pop("MADE_STREAMS", False):
        settings["WARDEN"] = MadeStreams()
    return serve.main(arguments, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
