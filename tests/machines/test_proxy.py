"""One server behind a real nginx with the lines of docs/deployment.md: what a browser, a stranger and a course see."""

import contextlib
import dataclasses
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect
from requests.adapters import HTTPAdapter

from concurrency_lab.store import Store
from concurrency_lab.web import quotas
from tests.browser.conftest import Lab, Site, record, serving_files
from tests.browser.test_embed import frame_of
from tests.browser.test_runs import console_text, printed, run_to_its_end
from tests.machines.nginx import NAME, Nginx, missing, nginx_before
from tests.web.lab_server import PATIENCE_S, ROOT

LESSON = "thread-start-join"
AUDIENCE = 5
METRICS_TOKEN = "of-whoever-runs-this-lab"
# 60 MB in all, more than any program may print.
BIG_EVENTS, BIG_TEXT = 60_000, 1_000


@dataclasses.dataclass(frozen=True)
class Address:
    """The lab as the internet sees it, and as it is."""

    nginx: Nginx
    lab: Lab
    server: "subprocess.Popen[str]"
    course: Site

    def session(self, source: str = "127.0.0.1") -> requests.Session:
        """Return a client with an address of its own, that knows our certificate."""
        session = requests.Session()
        session.mount("https://", _From(source))
        # A variable of the environment would be believed rather than the line below it.
        session.trust_env = False
        session.verify = self.nginx.certificate
        session.headers["Host"] = NAME
        return session


class _From(HTTPAdapter):
    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, source_address=(self._source, 0), **named)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    lacking = missing()
    if lacking:
        pytest.skip(f"NOT RUN: {' and '.join(lacking)} not installed; python scripts/find_servers.py gets them")
    folder = tmp_path_factory.mktemp("public")
    put_big_run(folder / "data")
    token = folder / "token"
    token.write_text(METRICS_TOKEN)
    with contextlib.ExitStack() as stack:
        course = stack.enter_context(serving_files(tmp_path_factory.mktemp("course")))
        command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--data", str(folder / "data"), "--no-open"]
        command += ["--no-jail", "--behind-proxy", "--allow-host", NAME, "--allow-parent", course.url]
        command += ["--audience", str(AUDIENCE), "--metrics-token-file", str(token)]
        server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        stack.callback(server.send_signal, signal.SIGTERM)
        assert server.stdout is not None
        lab = Lab(server.stdout.readline().split()[4].rstrip("/"))
        nginx = stack.enter_context(nginx_before(tmp_path_factory.mktemp("nginx"), lab.url.removeprefix("http://")))
        yield Address(nginx, lab, server, course)


def put_big_run(data: Path) -> None:
    data.mkdir()
    store = Store(data / "runs.sqlite")
    me = {"kind": "output.written", "pid": 8, "tid": 8, "by": "probe", "stream": 1}
    events = [{**me, "text": f"{number} ".ljust(BIG_TEXT, "x")} for number in range(BIG_EVENTS)]
    record(store, "big", "big.py", [*events, {"kind": "run.ended", "by": "os", "status": "finished", "exit_code": 0}])
    store.close()


@pytest.fixture(scope="module")
def chromium(browser_type: BrowserType, public: Address) -> Iterator[Browser]:
    """A browser to which our name is nginx, and that knows of no other."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("no Chromium: `make test` finds or installs one, or set CHROMIUM=/path/to/chromium")
    rules = f"{public.nginx.host_rules},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
    browser = browser_type.launch(
        executable_path=path, args=["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"]
    )
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[BrowserContext]:
    """A visitor, whose console must stay empty."""
    complaints: list[str] = []
    # Nobody has signed the certificate.
    with contextlib.closing(chromium.new_context(ignore_https_errors=True, locale="en-GB")) as context:
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        yield context
        assert complaints == []


@pytest.mark.parametrize("with_port", [False, True], ids=["port 443", "another port"])
def test_a_lesson_is_run_from_its_page(visit: BrowserContext, public: Address, with_port: bool) -> None:
    origin = f"//{NAME}:{public.nginx.https_port}" if with_port else f"//{NAME}"
    page = visit.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda one: sockets.append(one.url))
    # By plain HTTP: it is sent on, where browsers would look for it.
    page.goto(f"https:{origin}/lessons/{LESSON}?lang=en" if with_port else f"http://{NAME}/lessons/{LESSON}?lang=en")
    assert page.url == f"https:{origin}/lessons/{LESSON}?lang=en"
    run_id = run_to_its_end(page)
    recorded = public.lab.fold(run_id)
    assert page.evaluate("__lab.fold()") == recorded
    assert page.evaluate("__lab.lastSeq()") == public.lab.run(run_id)["events"] - 1
    assert console_text(page) == printed(recorded)
    assert [url.partition("?")[0] for url in sockets] == [f"wss:{origin}/socket.io/"]
    kept = {cookie["name"]: cookie for cookie in visit.cookies()}
    assert kept["lab_viewer"]["secure"]
    assert kept["lab_viewer"]["httpOnly"]
    # A run that this browser started is its own, and listed as such.
    page.goto(f"https:{origin}/runs?lang=en")
    expect(page.locator(f'a[href="/runs/{run_id}"]').first).to_be_visible()


def test_a_course_of_another_site_shows_a_frame_in_which_runs_run(visit: BrowserContext, public: Address) -> None:
    page: Page = visit.new_page()
    page.goto(public.course.write("course.html", f'<iframe src="https://{NAME}/embed/{LESSON}?lang=en"></iframe>'))
    frame = frame_of(page, f"/embed/{LESSON}")
    frame.get_by_role("button", name="Run", exact=True).click()
    expect(frame.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    run_id = str(frame.evaluate("__lab.run()"))
    assert frame.evaluate("__lab.fold()") == public.lab.fold(run_id)
    # What it needs is in the page: nothing is left in the browser, and the course hears from it.
    assert visit.cookies() == []
    assert page.evaluate("heard.filter(([, data]) => data.type === 'ended').map(([origin]) => origin)") == [
        f"https://{NAME}"
    ]


def test_what_a_stranger_says_of_itself_is_not_believed(public: Address) -> None:
    ask, lie = public.session("127.0.0.7"), {"X-Forwarded-Host": "evil.example", "Forwarded": "for=192.0.2.1"}
    assert ask.get(public.nginx.url, headers={"Host": "evil.example", **lie}).status_code == 421
    # That it came by http, and so could do with a cookie that is not marked.
    kept = ask.get(public.nginx.url, headers={"X-Forwarded-Proto": "http", **lie}).headers["Set-Cookie"]
    assert "; Secure;" in kept
    # Whatever address it says is its own, its handshakes are counted for the one that it comes from.
    socket_url = f"{public.nginx.url}/socket.io/?EIO=4&transport=websocket"
    names = ("X-Forwarded-For", "X_Forwarded_For", "X-Real-IP")
    allowed = int(quotas.for_audience(AUDIENCE)["RATES"]["handshakes.address"].partition("/")[0])
    origin = {"Origin": f"https://{NAME}"}
    statuses = [
        ask.get(socket_url, headers={**origin, **dict.fromkeys(names, f"192.0.2.{turn}")}).status_code
        for turn in range(allowed + 1)
    ]
    assert [status == 429 for status in statuses] == [False] * allowed + [True]
    # Nobody else has to pay for that: not another address, and not one that was named.
    assert public.session("127.0.0.8").get(socket_url, headers=origin).status_code != 429


def test_the_counters_are_for_prometheus_alone(public: Address) -> None:
    outside = public.session()
    assert outside.get(f"{public.nginx.url}/metrics").status_code == 403
    assert outside.get(f"{public.nginx.url}/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    shown = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    assert "lab_runs_started" in requests.get(f"{public.lab.url}/metrics", headers=shown, timeout=PATIENCE_S).text


def test_a_large_download_streams_and_nobody_waits_for_it(public: Address) -> None:
    path = "/api/runs/big/export/ndjson"
    before_mb = peak_mb(public.server.pid)
    direct = requests.get(public.lab.url + path, timeout=PATIENCE_S)
    digest, size = hashlib.sha256(), 0
    with public.session().get(public.nginx.url + path, stream=True, timeout=PATIENCE_S) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert "attachment" in answer.headers["Content-Disposition"]
        for number, chunk in enumerate(answer.iter_content(1 << 20)):
            if number == 1:
                # This client rests for a while; others do not.
                assert public.session().get(f"{public.nginx.url}/healthz", timeout=PATIENCE_S).status_code == 200
            digest.update(chunk)
            size += len(chunk)
    assert size > BIG_EVENTS * BIG_TEXT
    assert digest.digest() == hashlib.sha256(direct.content).digest()
    # Neither of the two holds it in memory: the server has a page of 2 MB, in several forms.
    assert peak_mb(public.server.pid) - before_mb < size / 1e6 * 0.75
    workers = Path(f"/proc/{public.nginx.process.pid}/task/{public.nginx.process.pid}/children").read_text().split()
    assert all(peak_mb(int(pid)) < size / 1e6 / 2 for pid in workers)


def peak_mb(pid: int) -> float:
    """Return the most memory that a process has ever had."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
