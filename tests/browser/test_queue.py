"""A server with one place: who waits sees where they stand, and only who started a run has a button that stops it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_S, ROOT

LESSON = """
chapter = 2
order = 950
level = 1
minutes = 1
title = { en = "A long wait", zh = "漫长的等待" }
summary = { en = "It waits.", zh = "它在等待。" }
wall_seconds = 55
"""


class Narrow(NamedTuple):
    """A server that runs one program at a time."""

    url: str
    presenter_url: str


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Narrow]:
    base = tmp_path_factory.mktemp("narrow")
    lesson = base / "lessons" / "long-wait"
    lesson.mkdir(parents=True)
    (lesson / "lesson.toml").write_text(LESSON, "utf-8")
    (lesson / "program.py").write_text('"""Waits."""\n\nimport time\n\ntime.sleep(50)\n', "utf-8")
    for name in ("en.md", "zh.md"):
        (lesson / name).write_text("## Wait\n\nIt waits.\n", "utf-8")
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--no-open", "--data", str(base / "data")]
    command += ["--max-runs", "1", "--behind-proxy", "--lessons", str(base / "lessons")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    urls = [re.search(r"http://\S+", process.stdout.readline()) for _ in range(2)]
    assert urls[0] is not None
    assert urls[1] is not None
    yield Narrow(urls[0][0].rstrip("/"), urls[1][0])
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)
    process.stdout.close()


@pytest.fixture
def people(browser: Browser, context: BrowserContext) -> Iterator[list[Page]]:
    """Three browsers that know nothing of each other."""
    contexts = [context, *(browser.new_context(locale="en-GB") for _ in range(2))]
    yield [each.new_page() for each in contexts]
    for each in contexts[1:]:
        each.close()


def press_run(page: Page, narrow: Narrow) -> str:
    """Start the lesson; return the run's address once it is known how it stands."""
    page.goto(f"{narrow.url}/lessons/long-wait?lang=en")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#content")).to_have_attribute("data-phase", re.compile("running|queued"))
    return f"{narrow.url}/runs/{page.evaluate('__lab.run()')}"


def test_who_waits_sees_the_place_and_who_may_not_stop_has_no_button(narrow: Narrow, people: list[Page]) -> None:
    expect.set_options(timeout=PATIENCE_S * 1000)
    first, second, third = people
    stop = {"name": "Stop", "exact": True}
    running = press_run(first, narrow)
    waiting = press_run(second, narrow)
    expect(second.locator("#status-text")).to_have_text("Waiting for a free place: this run is the next to start.")
    press_run(third, narrow)
    behind = "Queued behind 1 run. It starts by itself."
    expect(third.locator("#status-text")).to_have_text(behind)
    expect(third.locator("#announcer")).to_have_text(behind)
    expect(third.locator("#empty-text")).to_have_text(behind)
    third.locator("#language").click()
    expect(third.locator("#status-text")).to_have_text("排队中：前面还有 1 个运行，轮到时会自动开始。")
    # A reload of a page that waits comes back to its place, and may still stop it.
    second.reload()
    expect(second.locator("#content")).to_have_attribute("data-phase", "queued")
    expect(second.get_by_role("button", **stop)).to_be_visible()

    # Somebody else's run: no button, and why.
    watcher = third.context.new_page()
    watcher.goto(f"{running}?lang=en")
    expect(watcher.locator("#content")).to_have_attribute("data-phase", "running")
    expect(watcher.get_by_role("button", **stop)).to_have_count(0)
    expect(watcher.locator("#stop-why")).to_contain_text("Somebody else started it")
    # On the page of one's own run there is one.
    own = first.context.new_page()
    own.goto(f"{running}?lang=en")
    own.get_by_role("button", **stop).click()
    expect(own.locator("#status-text")).to_contain_text("Stopped after")
    expect(second.locator("#content")).to_have_attribute("data-phase", "running")
    expect(third.locator("#status-text")).to_have_text("正在等待空位：下一个就轮到这个运行。")
    expect(watcher.locator("#stop-why")).to_be_hidden()

    # The presenter stops anybody's, and the key is no longer in the address.
    watcher.goto(narrow.presenter_url)
    assert "presenter" not in watcher.url
    watcher.goto(f"{waiting}?lang=en")
    watcher.get_by_role("button", **stop).click()
    expect(second.locator("#status-text")).to_contain_text("Stopped after")
    expect(third.locator("#content")).to_have_attribute("data-phase", "running")
    third.get_by_role("button", name="停止", exact=True).click()
    expect(third.locator("#content")).to_have_attribute("data-phase", "ended")


def test_a_run_can_be_stopped_before_it_began(narrow: Narrow, people: list[Page]) -> None:
    expect.set_options(timeout=PATIENCE_S * 1000)
    first, second, _ = people
    press_run(first, narrow)
    press_run(second, narrow)
    second.get_by_role("button", name="Stop", exact=True).click()
    expect(second.locator("#status-text")).to_contain_text("Stopped while it was waiting: it never began.")
    first.get_by_role("button", name="Stop", exact=True).click()
    expect(first.locator("#content")).to_have_attribute("data-phase", "ended")
