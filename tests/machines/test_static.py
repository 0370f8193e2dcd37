"""Recorded runs on a web server that knows nothing of us, made and served as docs/deployment.md has it."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from playwright.sync_api import BrowserContext, BrowserType, FrameLocator, Page, expect

from tests.browser.test_embed import expect_recording
from tests.machines.backends import free_port
from tests.machines.nginx import documented, missing, nginx_with, replaced
from tests.web.lab_server import PATIENCE_S, ROOT, wait_until

SECTION = "Static only"
NAME = "notes.example.org"
LESSONS = ("fork-twice", "thread-start-join")


class Published(NamedTuple):
    folder: Path
    port: int


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """Follow the document to its last line, which serves what the others have made."""
    folder = tmp_path_factory.mktemp("static")
    changes = {
        ".venv/bin/python": sys.executable,
        "cp static": f"cp {ROOT}/static",
        "python3": f"exec {sys.executable}",
    }
    script = replaced(documented("deployment.md", SECTION, "sh"), changes)
    making, _, serving = script.rstrip().rpartition("\n")
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(["sh", "-e", "-c", making], cwd=folder, env=environ, check=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    port = free_port()
    serving = replaced(serving, {"public 8000": f"public {port}"})
    server = subprocess.Popen(["sh", "-c", serving], cwd=folder, **quiet)  # type: ignore[call-overload]

    def answers() -> bool:
        assert server.poll() is None, "the files are not served"
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S).ok
        return False

    try:
        wait_until(answers, "the files are served")
        yield Published(folder / "public", port)
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def visit(browser_type: BrowserType) -> Iterator[BrowserContext]:
    """A visitor to whom the site is a name of plain HTTP, so that nothing may need a secure context; no console."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    rules = f"MAP {NAME} 127.0.0.1,MAP * ~NOTFOUND"
    arguments = ["--no-sandbox", "--disable-gpu", f"--host-resolver-rules={rules}"]
    complaints: list[str] = []
    with contextlib.closing(browser_type.launch(executable_path=path, args=arguments)) as browser:
        context = browser.new_context(locale="en-GB")
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        yield context
    assert complaints == []


def read_as_a_learner(visit: BrowserContext, site: str) -> None:
    """Open every page of the site, and step in it; it asks for nothing but its own files."""
    page: Page = visit.new_page()
    asked: list[str] = []
    visit.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/")
    assert not page.evaluate("isSecureContext")
    expect_recording(page.frame_locator("concurrency-lab iframe"))
    frame: FrameLocator = page.frame_locator("concurrency-lab iframe")
    # A file speaks both languages: the element says which.
    page.evaluate("document.querySelector('concurrency-lab').setAttribute('lang', 'zh')")
    expect(frame.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="One call, two returns").click()
    expect(page.locator("#lesson-name")).to_have_text("One call, two returns")
    content = page.locator("#content")
    expect(content).to_have_attribute("data-phase", "ended")
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press(".")
    assert page.evaluate("__lab.cursorNs()") > 0
    expect(page.locator("#source")).to_contain_text("os.fork()")
    page.goto(f"{site}/fork-twice.html?lang=zh&theme=dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    files = {f"{site}/", f"{site}/embed.js", *(f"{site}/{slug}.html" for slug in LESSONS)}
    assert {url.partition("?")[0] for url in asked if not url.startswith("data:")} == files


def test_any_web_server_will_do(visit: BrowserContext, public: Published) -> None:
    read_as_a_learner(visit, f"http://{NAME}:{public.port}")


def test_below_a_path_of_somebodys_nginx(visit: BrowserContext, public: Published, tmp_path: Path) -> None:
    if missing():
        pytest.skip(f"NOT RUN: {' and '.join(missing())} not installed; python scripts/find_servers.py gets them")
    lines = replaced(documented("deployment.md", SECTION), {"/srv/threads": str(public.folder)})
    with nginx_with(tmp_path, lines) as nginx:
        read_as_a_learner(visit, f"http://{NAME}:{nginx.http_port}/threads")
