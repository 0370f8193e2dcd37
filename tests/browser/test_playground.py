"""The playground in a real Chromium: typed, refused at its line, run and seen, shared, kept, and open to everybody."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_S
from tests.browser.test_everyone import AXE, THEMES, violations
from tests.web.lab_server import LabServer, serving

Until = Callable[..., Any]
PATIENCE_MS = PATIENCE_S * 1000
CODE = """import threading
def work():
    print("from the thread")
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A server with the real lessons and the playground on."""
    data = tmp_path_factory.mktemp("playground") / "data"
    with serving(data, "eventlet", CATALOGUE=None, PLAYGROUND=True) as server:
        yield server


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], playground: LabServer) -> dict[str, Any]:
    # Not by a `base_url` of our own: what Playwright makes of it is kept for the tests of the other files.
    return {**browser_context_args, "base_url": playground.url}


def open_editor(page: Page, address: str = "/playground?lang=en") -> None:
    page.goto(address)
    expect(page.locator(".cm-content")).to_be_visible(timeout=PATIENCE_MS)


def write(page: Page, code: str) -> None:
    """Put a program into the editor as a keyboard would; nothing is indented by the editor itself."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    # Emptied first: typing over a selection, Chromium itself tries to write the style of what was there.
    page.keyboard.press("Delete")
    page.keyboard.insert_text(code)


def test_a_program_is_typed_run_and_seen(page: Page, playground: LabServer, until: Until) -> None:
    open_editor(page)
    write(page, CODE)
    page.keyboard.press("Control+Enter")
    until("__lab.phase() === 'ended'")
    names = page.evaluate("__lab.lanes().map(lane => lane.label)")
    assert names[0] == "MainProcess"
    assert "worker" in names
    expect(page.locator("#console")).to_contain_text("from the thread")
    # The program that ran is in front, and the focus is not lost with the editor.
    expect(page.locator("#panel-source .code-line").first).to_have_text("1import threading")
    expect(page.locator("#panel-source-tab")).to_be_focused()
    page.locator("[data-theme-choice=light]").focus()
    page.keyboard.press("e")
    expect(page.locator(".cm-content")).to_be_focused()

    # The recorded run is one like any other, and leads back to its program.
    run_id = page.evaluate("__lab.run()")
    page.goto(f"/runs/{run_id}?lang=en")
    until("__lab.phase() === 'ended'")
    assert playground.run(run_id)["header"]["source"]["program.py"] == CODE
    page.get_by_role("link", name="Edit in the playground").click()
    expect(page.locator(".cm-content")).to_contain_text("from the thread")


def test_lines_are_marked_while_it_runs(page: Page, until: Until) -> None:
    open_editor(page)
    write(page, "import time\nprint('on', flush=True)\ntime.sleep(600)\n")
    page.keyboard.press("Control+Enter")
    until("__lab.output().length > 0")
    expect(page.locator("#source .code-line.at .code-number")).to_have_text("3", timeout=PATIENCE_MS)
    page.locator("#run").click()
    until("__lab.phase() === 'ended'")
    assert page.evaluate("__lab.runs()[0].end.status") == "stopped"


def test_a_syntax_error_is_shown_at_its_line_in_both_languages(page: Page, until: Until) -> None:
    open_editor(page)
    write(page, "x = 1\nif x\n    pass\n")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Line 2, column 5: expected ':' (says Python 3.")
    assert page.evaluate("__lab.lanes()") == []
    assert page.evaluate("__lab.run()") == ""
    expect(page.locator(".cm-lintRange-error")).to_have_text("x")
    marker = page.locator(".cm-gutter-lint .cm-lint-marker-error")
    expect(marker).to_have_count(1)
    at_the_mistake = "getSelection().anchorNode?.parentElement?.closest('.cm-line')?.textContent === 'if x'"
    until(at_the_mistake)
    page.locator("#language").click()
    expect(page.locator("#mistake")).to_contain_text("第 2 行第 5 列：这里缺少“:”。")
    expect(page.locator("#status-text")).to_contain_text("第 2 行第 5 列")
    expect(page.locator(".cm-content")).to_have_attribute("aria-label", "编辑器")
    # It is forgiven as soon as it is changed.
    page.locator(".cm-content").focus()
    # The editor puts its cursor back some milliseconds later; a program that types is quicker.
    until(at_the_mistake)
    page.keyboard.type(":")
    expect(page.locator("#mistake")).to_be_hidden()
    expect(marker).to_have_count(0)
    expect(page.locator("#status-text")).not_to_contain_text("第 2 行")
    page.keyboard.press("Control+Enter")
    until("__lab.phase() === 'ended'")


def test_a_link_opens_the_program_elsewhere(page: Page, browser: Browser, playground: LabServer) -> None:
    open_editor(page)
    write(page, "print('shared 分享')\n")
    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link to this program")
    expect(link).to_be_focused()
    address = link.input_value()
    assert address == page.url.partition("?")[0]
    assert "shared" not in address.removeprefix(playground.url)
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("shared 分享")
    other = browser.new_context(locale="zh-CN")
    try:
        elsewhere = other.new_page()
        elsewhere.goto(address)
        expect(elsewhere.locator(".cm-content")).to_contain_text("shared 分享")
        expect(elsewhere.get_by_role("button", name="分享")).to_be_visible()
        expect(elsewhere.get_by_role("button", name="还原")).to_have_attribute("aria-disabled", "true")
    finally:
        other.close()


def test_a_draft_is_kept_and_given_up(page: Page) -> None:
    open_editor(page)
    write(page, "print('a draft')\n")
    expect(page.locator("#editor-state")).to_have_text("Changed; kept in this browser")
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("a draft")
    # Another example has a text of its own, and the draft waits.
    page.get_by_label("Example").select_option("dining-philosophers")
    expect(page.locator(".cm-content")).to_contain_text("forks = ")
    assert page.url.endswith("/playground?example=dining-philosophers")
    page.get_by_label("Example").select_option("lost-updates")
    expect(page.locator(".cm-content")).to_contain_text("a draft")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".cm-content")).to_contain_text("balance = 0")
    page.keyboard.press("Control+z")
    expect(page.locator(".cm-content")).to_contain_text("a draft")
    page.get_by_role("button", name="Reset").click()
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("balance = 0")


def test_a_lesson_goes_into_the_playground_with_its_values(page: Page, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    page.locator("#param-EXIT_CODE").fill("9")
    page.locator("#run").click()
    until("__lab.phase() === 'ended'")
    page.get_by_role("tab", name="Program").click()
    page.get_by_role("link", name="Edit in the playground").click()
    expect(page.locator(".cm-content")).to_contain_text("EXIT_CODE = 9", timeout=PATIENCE_MS)


def test_switches_and_repetitions(page: Page, playground: LabServer, until: Until) -> None:
    open_editor(page)
    page.get_by_role("checkbox", name="Step mode").check()
    page.get_by_role("button", name="Run", exact=True).click()
    until("__lab.phase() === 'ended'")
    header = playground.run(page.evaluate("__lab.run()"))["header"]
    assert header["step"]
    expect(page.locator("#console")).to_contain_text("100 would be right")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("How often").select_option(label="5 times")
    page.get_by_role("button", name="Repeat").click()
    expect(page.locator("#repeat .repeat-state")).to_contain_text("All 5 runs", timeout=PATIENCE_MS)
    expect(page.locator("#repeat")).to_contain_text("balance = ")


def test_the_editor_keeps_nobody(page: Page) -> None:
    """Tab indents there; Escape gives the next one back to the page, however long it takes."""
    open_editor(page)
    write(page, "x")
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).to_be_focused()
    assert page.locator(".cm-line").first.text_content() == "    x"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).not_to_be_focused()
    described = page.locator(".cm-content").get_attribute("aria-describedby")
    expect(page.locator(f"#{described}")).to_contain_text("press Esc, then Tab, to leave")
    assert page.locator(".cm-content").get_attribute("role") == "textbox"


def test_axe_finds_nothing(page: Page) -> None:
    open_editor(page)
    page.evaluate(AXE)
    write(page, "print(\n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    for theme, (width, height) in zip(
        (*THEMES, "light"), ((1366, 768), (640, 480), (1920, 1080), (390, 844)), strict=True
    ):
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("theme => document.querySelector(`[data-theme-choice=${theme}]`).click()", theme)
        assert violations(page) == [], f"{theme} at {width}x{height}"
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0, f"{theme} at {width}x{height}"


def test_without_its_bundle_a_plain_field_does(page: Page, until: Until) -> None:
    page.route("**/build/editor.js", lambda route: route.fulfill(status=200, content_type="text/javascript", body="!"))
    page.goto("/playground?lang=en")
    page.get_by_role("textbox", name="Editor").fill("print('plain')")
    page.keyboard.press("Control+Enter")
    until("__lab.phase() === 'ended'")
    expect(page.locator("#console")).to_contain_text("plain")


def test_lessons_do_not_fetch_the_editor(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/lessons/fork-twice?lang=en")
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if "editor" in url] == []
    assert json.loads(page.locator("#page-data").text_content() or "")["kind"] == "lesson"
