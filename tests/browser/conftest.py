"""The page in a real Chromium against a real server process; no test passes with an error in its console."""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

# By their names: once eventlet is imported, http.server.X is a green one.
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from concurrency_lab.store import Store
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold

ROOT = Path(__file__).resolve().parents[2]
LESSONS = Path(__file__).parent / "lessons"
GOLDEN = ROOT / "tests/golden/threads.ndjson"
PATIENCE_S = 30.0
LAGGING = "What is told is 1.5 s behind what happens."
FLOOD_LINES = 30_000
HOUR_NS = 3_600_000_000_000
HOUR_WAIT_NS = HOUR_NS // 2 + 7
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"></script><script>document.title='hacked'</script>"
# A colour for terminals, NUL, a mark that turns the direction of writing around, half of a character.
UNRULY = "\x1b[31mred\x00 \u202egnp.exe \ud800."
# --no-sandbox: the tests may run as root. No name is resolved: what needs another host fails, as it does without a
# network. The rest makes screenshots and colours the same everywhere.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]


class Lab:
    """The server, and what its API says."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE_S)

    def run(self, run_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.get(f"/api/runs/{run_id}").json()
        return answer

    def record(self, lesson: str) -> str:
        """Run a lesson as it is, wait for its end, return the run's id."""
        page = self.get(f"/lessons/{lesson}?lang=en").text
        data = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', page, re.DOTALL)
        assert data is not None
        sent = {"lesson": lesson, "params": {}}
        headers = {"X-Lab-Token": json.loads(data[1])["token"]}
        answer = requests.post(f"{self.url}/api/runs", json=sent, headers=headers, timeout=PATIENCE_S)
        run_id = str(answer.json()["id"])
        deadline = time.monotonic() + PATIENCE_S
        while self.run(run_id)["state"] != "ended":
            assert time.monotonic() < deadline, "the lesson does not end"
            time.sleep(0.05)
        return run_id

    def fold(self, run_id: str) -> dict[str, Any]:
        """Return what Python makes of a run's trace."""
        lines = self.get(f"/api/runs/{run_id}/trace").content.decode().splitlines()
        codec.read_header(lines[0])
        folded = Fold().feed(codec.read_event(line) for line in lines[1:]).to_dict()
        plain: dict[str, Any] = json.loads(json.dumps(folded))
        return plain


class Site:
    """Somebody else's web site: a folder, served as 127.0.0.1 and as localhost, which are two sites to a browser."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.other_name = f"http://localhost:{port}"

    def write(self, name: str, body: str, lang: str = "en") -> str:
        """Put a page there; return its address."""
        heard = "<script>window.heard = []; addEventListener('message', e => heard.push([e.origin, e.data]))</script>"
        head = f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{name}</title>'
        (self.folder / name).write_text(f'{head}<link rel="icon" href="data:,">{heard}{body}', "utf-8")
        return f"{self.url}/{name}"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@contextlib.contextmanager
def serving_files(folder: Path) -> Iterator[Site]:
    """Serve a folder as another origin than the lab's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Site(folder, server.server_port)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site whose pages may show the lab in a frame."""
    with serving_files(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[Lab]:
    """Serve the real lessons and those beside these tests on a free port."""
    data = tmp_path_factory.mktemp("browser") / "data"
    data.mkdir()
    store = Store(data / "runs.sqlite")
    record(store, "hostile", HOSTILE, hostile_events(HOSTILE))
    record(store, "unruly", "unruly.py", hostile_events(UNRULY))
    record(store, "flood", "flood.py", flood_events())
    record(store, "lagging", "lagging.py", lagging_events())
    record(store, "sharing", "sharing.py", sharing_events())
    record(
        store,
        "kitchen",
        "kitchen.py",
        kitchen_events(),
        json.loads(GOLDEN.read_text("utf-8").splitlines()[0])["source"],
    )
    record(store, "hour", "hour.py", hour_events())
    record(store, "dense", "dense.py", dense_events())
    store.close()
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--data", str(data), "--no-open"]
    command += ["--lessons", str(LESSONS), "--allow-parent", site.url, "--allow-parent", site.other_name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    said = process.stdout.readline()
    assert "http://" in said, said
    yield Lab(next(word for word in said.split() if word.startswith("http://")).rstrip("/"))
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)
    process.stdout.close()


def record(
    store: Store, run_id: str, program: str, events: list[dict[str, Any]], source: dict[str, str] | None = None
) -> None:
    """Put a made run into the store."""
    store.create_run(run_id, program, {})
    header = {"format": "concurrency-lab/1", "run": run_id, "program": program, "source": source or {program: program}}
    header |= {"python": "3", "platform": "linux", "started_at": "2026-01-01T00:00:00Z", "argv": [], "params": {}}
    store.set_header(run_id, header | {"start_method": "fork", "cpu_count": 2})
    lines = [json.dumps({"seq": seq, "ts_ns": seq * 1000, **event}) for seq, event in enumerate(events)]
    for first in range(0, len(lines), 2000):
        store.append(run_id, first, lines[first : first + 2000], len(lines) * 1000)
    store.end_run(run_id, events[-1]["status"])


def hostile_events(text: str) -> list[dict[str, Any]]:
    """Make a run whose every text is this one, which would do harm if it were taken for more than text."""
    me = {"pid": 7, "tid": 7, "by": "probe", "file": text, "line": 1}
    return [
        {"kind": "run.started", "by": "os", "cpus": 2},
        {"kind": "process.started", **me, "ppid": 1, "method": "main", "name": text},
        {"kind": "queue.created", **me, "obj": "q1", "type": text, "name": text, "maxsize": 0},
        {"kind": "output.written", **me, "stream": 1, "text": text + "\n"},
        {"kind": "warning.raised", **me, "code": "x", "text": text},
        {"kind": "lane.blocked", **me, "reason": "queue_get", "obj": "q1"},
        {"kind": "run.ended", "by": "os", "status": "failed", "text": text},
    ]


def flood_events() -> list[dict[str, Any]]:
    """Make a run that prints more than any page can hold; every third line comes in two pieces."""
    me = {"kind": "output.written", "pid": 8, "tid": 8, "by": "probe", "stream": 1}
    first = {"kind": "process.started", "pid": 8, "tid": 8, "by": "probe", "ppid": 1, "method": "main"}
    events: list[dict[str, Any]] = [first]
    for number in range(FLOOD_LINES):
        if number % 3:
            events.append({**me, "text": f"line {number}\n"})
        else:
            events += [{**me, "text": "line "}, {**me, "text": f"{number}\n"}]
    return [*events, {"kind": "run.ended", "by": "os", "status": "finished", "exit_code": 0}]


def kitchen_events() -> list[dict[str, Any]]:
    """Return a real run of three threads with a lock, a condition, an event and a queue; its times never change."""
    return [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()[1:]]


def lagging_events() -> list[dict[str, Any]]:
    """Make a run that its supervisor could not follow at once."""
    return [
        {"kind": "process.started", "pid": 9, "tid": 9, "by": "probe", "ppid": 1, "method": "main"},
        {"kind": "warning.raised", "by": "os", "code": "lagging", "text": LAGGING},
        {"kind": "run.ended", "by": "os", "status": "finished", "exit_code": 0},
    ]


def sharing_events() -> list[dict[str, Any]]:
    """Make a run of three threads that want one lock and fill a queue, seen on two cores; its times are in ms."""

    def at(ms: float, kind: str, tid: int, **fields: Any) -> dict[str, Any]:
        return {"ts_ns": int(ms * 1e6), "kind": kind, "pid": 10, "tid": tid, "by": "probe", "line": 1, **fields}

    names = {11: "Ann", 12: "Ben", 13: "Cid"}
    events = [
        at(0, "process.started", 10, ppid=1, method="main"),
        at(1, "lock.created", 10, obj="L", type="threading.Lock", name="gate"),
        at(1, "queue.created", 10, obj="Q", type="queue.Queue", name="jobs", maxsize=0),
        *(at(2, "thread.created", 10, obj=f"t{tid}", name=name) for tid, name in names.items()),
        *(at(3, "thread.started", tid, obj=f"t{tid}") for tid in names),
        at(4, "lane.blocked", 10, reason="join", obj="t11"),
        at(10, "lock.acquired", 11, obj="L", depth=1),
        at(20, "lane.blocked", 13, obj="L", reason="lock"),
        at(30, "lane.blocked", 12, obj="L", reason="lock"),
        at(40, "queue.put", 11, obj="Q", depth=1, item="1"),
        at(60, "queue.put", 11, obj="Q", depth=2, item="2"),
        at(100, "lock.released", 11, obj="L", depth=0),
        at(100, "lane.unblocked", 13, obj="L", result=True),
        at(100, "lock.acquired", 13, obj="L", depth=1),
        at(150, "lock.released", 13, obj="L", depth=0),
        at(150, "lane.unblocked", 12, obj="L", result=True),
        at(160, "queue.got", 12, obj="Q", depth=1, item="1"),
        at(170, "lane.off_cpu", 12, by="os", reason="cpu"),
        at(180, "lane.on_cpu", 12, by="os", cpu=1),
        *(at(190, "thread.ended", tid) for tid in names),
        at(190, "lane.unblocked", 10, obj="t11", result=True),
        {"ts_ns": 200_000_000, "kind": "run.ended", "by": "os", "status": "finished", "exit_code": 0},
    ]
    return events


def hour_events() -> list[dict[str, Any]]:
    """Make a run of an hour with a wait for a lock that took a microsecond."""
    me = {"pid": 10, "tid": 10, "by": "probe"}
    return [
        {"kind": "process.started", **me, "ts_ns": 0, "ppid": 1, "method": "main"},
        {"kind": "lane.blocked", **me, "ts_ns": HOUR_WAIT_NS, "reason": "lock", "obj": ""},
        {"kind": "lane.unblocked", **me, "ts_ns": HOUR_WAIT_NS + 1000, "result": True},
        {"kind": "process.exited", "pid": 10, "by": "os", "ts_ns": HOUR_NS, "code": 0},
        {"kind": "run.ended", "by": "os", "ts_ns": HOUR_NS, "status": "finished", "exit_code": 0},
    ]


def dense_events() -> list[dict[str, Any]]:
    """Make a run of three threads whose spans are narrower than a pixel, in bursts."""
    events: list[dict[str, Any]] = [{"kind": "process.started", "pid": 10, "tid": 10, "ppid": 1, "method": "main"}]
    for turn in range(4000):
        lane = {"pid": 10, "tid": 11 + turn % 3, "ts_ns": turn * 20_000 + turn // 400 * 10_000_000}
        kind = {"kind": "lane.blocked", "reason": ("lock", "sleep", "io")[turn // 7 % 3]} if turn // 3 % 2 else None
        events.append({**lane, **(kind or {"kind": "lane.unblocked", "result": True})})
    last = {"kind": "run.ended", "ts_ns": 200_000_000, "status": "finished", "exit_code": 0}
    return [{**event, "by": "probe"} for event in (*events, last)]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium: playwright's own is never downloaded."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.fail("No Chromium: run `make test`, or set CHROMIUM=/path/to/it.", pytrace=False)
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def base_url(lab: Lab) -> str:
    return lab.url


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "en-GB"}


@pytest.fixture(autouse=True)
def _no_complaints(context: BrowserContext) -> Iterator[None]:
    """Fail on an error, a warning, or a request to another host: a broken policy shows up here too."""
    complaints: list[str] = []

    def said(message: ConsoleMessage) -> None:
        # Chromium says this of every answer that is an error, also of one that a test asks for.
        asked_for = any(part in message.location["url"] for part in ("/api/", "/runs/nosuchrun"))
        refusal = message.text.startswith("Failed to load resource") and asked_for
        if message.type in ("error", "warning") and not refusal:
            complaints.append(message.text)

    context.on("console", said)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    own = ("http://127.0.0.1:", "data:", "file:", "blob:")
    context.on("request", lambda request: request.url.startswith(own) or complaints.append(f"asked {request.url}"))
    yield
    assert complaints == []


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A page whose console may complain: that is how a browser tells of a refused frame."""
    with contextlib.closing(browser.new_context(locale="en-GB", viewport={"width": 900, "height": 900})) as context:
        yield context.new_page()


@pytest.fixture
def until(page: Page) -> Callable[..., Any]:
    """Wait until JavaScript says something true; Playwright's own way needs eval, which our policy forbids."""

    def wait(expression: str) -> Any:
        deadline = time.monotonic() + PATIENCE_S
        while not (value := page.evaluate(expression)):
            assert time.monotonic() < deadline, f"never became true: {expression}"
            page.wait_for_timeout(20)
        return value

    return wait
