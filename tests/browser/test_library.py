"""The library of runs and trace files in a real browser: found, named, kept, compared, deleted; dropped and read."""

import base64
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import GOLDEN, PATIENCE_S, ROOT, Lab
from tests.browser.test_everyone import AXE, violations

Until = Callable[..., Any]
LESSON = "condition-buyer-seller"
# A file falls on the page as from a desktop; what a test cannot do is to hold the mouse of the window manager.
DROP = """async ([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const moved = new DataTransfer();
  moved.items.add(new File([bytes], name));
  for (const type of ["dragenter", "dragover"])
    document.body.dispatchEvent(new DragEvent(type, {dataTransfer: moved, bubbles: true, cancelable: true}));
  const shown = document.querySelector(".drop-sign:not([hidden])")?.textContent;
  document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true}));
  return shown;
}"""
ROW = ".run-row[data-run='{}']"


def drop(page: Page, name: str, content: bytes) -> str:
    shown: str = page.evaluate(DROP, [name, base64.b64encode(content).decode()])
    return shown


def opened(page: Page, until: Until) -> None:
    page.wait_for_url("**/open*")
    until("globalThis.__lab && __lab.phase() === 'ended'")


@pytest.fixture(scope="module")
def pair(lab: Lab) -> list[str]:
    """Two runs of one lesson; the lab's made runs are there besides."""
    return [lab.record(LESSON), lab.record(LESSON)]


def test_a_run_is_found_named_kept_and_its_link_copied(
    page: Page, context: BrowserContext, lab: Lab, pair: list[str]
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/lessons/condition-buyer-seller?lang=en")
    page.get_by_role("link", name="Runs", exact=True).click()
    row = page.locator(ROW.format(pair[0]))
    expect(row).to_contain_text("Finished, exit code 0")
    expect(row).to_contain_text(f"{lab.run(pair[0])['events']} events")
    expect(row).to_contain_text("No findings")
    expect(row.locator("time")).to_contain_text("just now")
    # By keyboard alone: rename, keep.
    row.get_by_role("button", name="Rename").press("Enter")
    page.keyboard.type("Tuesday's <b>run</b>")
    page.keyboard.press("Enter")
    expect(row.get_by_role("link")).to_have_text("Tuesday's <b>run</b>")
    expect(page.locator("#told")).to_contain_text("now called")
    expect(row.get_by_role("button", name="Rename")).to_be_focused()
    row.get_by_role("button", name="Keep").press("Space")
    expect(row.get_by_role("button", name="Keep")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Only kept ones").click()
    expect(page.locator(".run-row")).to_have_count(1)
    row.get_by_role("button", name="Copy").click()
    expect(page.locator("#told")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{lab.url}/runs/{pair[0]}"
    # What is looked for is in the address, and outlives a reload and the other language.
    page.locator("#search").fill("tuesday FINISHED")
    page.wait_for_url("**/runs?kept=1&q=tuesday*")
    page.reload()
    expect(page.locator(".run-row")).to_have_count(1)
    page.locator("#language").click()
    expect(row).to_contain_text("运行结束，退出码 0")
    expect(page.locator("#search")).to_have_value("tuesday FINISHED")
    page.locator("#search").fill("没有这样的运行")
    expect(page.locator("#no-match")).to_be_visible()
    page.locator("#show-all").click()
    expect(page.locator(ROW.format(pair[1]))).to_be_visible()
    page.locator("#lesson").select_option(LESSON)
    expect(page.locator(ROW.format("hostile"))).to_have_count(0)
    row.get_by_role("link").click()
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    # Its own page goes by that name, in either language.
    page.goto(f"/runs/{pair[0]}?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday's <b>run</b>")
    assert page.title().startswith("Tuesday's <b>run</b>")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tuesday's <b>run</b>")


def test_two_runs_are_compared_and_deleted(page: Page, lab: Lab, until: Until, pair: list[str]) -> None:
    other = lab.record("fork-twice")
    page.goto("/runs?lang=en")
    compare = page.get_by_role("button", name="Compare on one clock")
    page.locator(f"{ROW.format(other)} input").check()
    page.locator(f"{ROW.format(pair[0])} input").check()
    expect(page.locator("#compare-about")).to_contain_text("same program")
    expect(compare).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Choose none").click()
    for run_id in pair:
        page.locator(f"{ROW.format(run_id)} input").check()
    compare.click()
    page.wait_for_url(f"**/runs/{pair[0]}#run={pair[0]},{pair[1]}*")
    until("globalThis.__lab && __lab.phase() === 'ended'")
    assert [run["id"] for run in page.evaluate("__lab.runs()")] == pair
    doomed = lab.record(LESSON)
    # Of this lesson only: of all runs a page is full, and stays so.
    page.goto(f"/runs?lang=en&lesson={LESSON}")
    row = page.locator(ROW.format(doomed))
    expect(row).to_be_visible()
    before = page.locator(".run-row").count()
    row.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("Delete 1 run?")
    # Nothing is deleted by who presses Enter once too often.
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    expect(page.locator("#told")).to_have_text("1 run was deleted.")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator(".run-row")).to_have_count(before - 1)
    assert lab.get(f"/api/runs/{doomed}").status_code == 404


def test_what_a_run_is_called_does_no_harm(page: Page, pair: list[str]) -> None:
    """The program of one of the lab's made runs is called as HTML that would run a script."""
    # Of no lesson: among all of them it may be on a later page.
    page.goto("/runs?lang=en&lesson=-")
    expect(page.locator(ROW.format("hostile"))).to_contain_text("<img src=x onerror")
    page.locator(f"{ROW.format('hostile')} .run-delete").click()
    assert page.title() == "Runs – Concurrency Lab"


def test_nobody_writes_a_trace_for_who_has_no_runs(page: Page, lab: Lab) -> None:
    """An empty library says what to do; here the server's answer is made empty, for this lab has runs."""
    empty = {"runs": [], "found": 0, "total": 0, "lessons": [], "page": 1, "per_page": 50}
    page.route("**/api/runs?*", lambda route: route.fulfill(json=empty))
    page.goto("/runs?lang=en&q=x")
    page.locator("#search").fill("y")
    expect(page.get_by_role("heading", name="Nothing has run yet")).to_be_visible()
    expect(page.get_by_role("link", name="To the lessons")).to_be_visible()
    expect(page.locator("#search")).to_be_hidden()
    expect(page.get_by_role("button", name="Open a trace file…")).to_be_visible()


# -- trace files ----------------------------------------------------------------------------------------


def test_a_dropped_trace_opens_in_the_views_of_a_recorded_run(page: Page, lab: Lab, until: Until) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto("/?lang=en")
    assert "Drop the trace" in drop(page, "kitchen.ndjson", GOLDEN.read_bytes())
    opened(page, until)
    # The run of this id is the same trace, as the server has it.
    assert page.evaluate("__lab.fold()") == lab.fold("kitchen")
    expect(page.locator("#lesson-name")).to_have_text("kitchen.ndjson")
    expect(page.locator("#source")).to_contain_text("import queue")
    expect(page.locator("#console")).to_contain_text("served soup")
    page.keyboard.press("Home")
    page.keyboard.press(".")
    until("__lab.travel().event !== null")
    # What needs no server is there, what needs one is not.
    page.locator("#export-open").click()
    items = page.get_by_role("menu").get_by_role("menuitem")
    expect(items).to_have_count(2)
    with page.expect_download() as saved:
        items.first.click()
    assert saved.value.suggested_filename.endswith(".svg")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#lesson-name")).to_have_text("kitchen.ndjson")
    # A reload has no file any more, and says so; nothing of it was ever sent.
    page.reload()
    expect(page.locator("#empty-text")).to_contain_text("重新加载")
    assert set(sent) <= {"GET", "HEAD"}


def test_a_packed_trace_is_chosen_by_keyboard(page: Page, lab: Lab, until: Until, tmp_path: Path) -> None:
    path = tmp_path / "kitchen.ndjson.gz"
    path.write_bytes(gzip.compress(GOLDEN.read_bytes()))
    page.goto("/runs?lang=en")
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Open a trace file…").press("Enter")
    asked.value.set_files(path)
    opened(page, until)
    assert page.evaluate("__lab.fold()") == lab.fold("kitchen")
    # Cut off in the middle, as after a download that failed: what came is shown.
    page.goto("/open?lang=en")
    path.write_bytes(gzip.compress(GOLDEN.read_bytes() * 50)[:-400])
    page.locator("#file").set_input_files(path)
    until("__lab.phase() === 'ended' && __lab.events() > 0")
    expect(page.locator("#status-text")).to_contain_text("kitchen.ndjson.gz: ")


def test_a_broken_file_is_told_with_what_it_still_holds(page: Page, until: Until) -> None:
    lines = GOLDEN.read_text("utf-8").splitlines()
    page.goto("/open?lang=en")
    for name, text, said, events in (
        ("notes.txt", "hello\n", "this is no trace of Concurrency Lab", 0),
        ("new.ndjson", lines[0].replace("concurrency-lab/1", "concurrency-lab/7"), "the trace has format version 7", 0),
        ("nothing.ndjson", "", "the file is empty", 0),
        ("cut.ndjson", "\n".join(lines[:40]), "the file ends before the run does", 39),
        ("half.ndjson", "\n".join([*lines[:40], lines[40][:30]]), "line 41 is damaged", 39),
        ("gap.ndjson", "\n".join([*lines[:40], *lines[41:]]), "an event is missing before line 41", 39),
    ):
        drop(page, name, text.encode())
        expect(page.locator("#status-text")).to_contain_text(f"{name}: {said}")
        assert page.evaluate("__lab.phase()") == ("ended" if events else "idle"), name
        assert page.evaluate("__lab.events()") == events, name
        expect(page.locator("#status")).to_have_class("status problem")
    # The next one is none the worse for it.
    drop(page, "whole.ndjson", "\n".join(lines).encode())
    until(f"__lab.phase() === 'ended' && __lab.events() === {len(lines) - 1}")
    expect(page.locator("#status")).to_have_class("status")
    page.evaluate(AXE)
    assert violations(page) == []


def test_a_long_trace_is_read_bit_by_bit(page: Page, until: Until, tmp_path: Path) -> None:
    header, *lines = GOLDEN.read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    path = tmp_path / "long.ndjson"
    with path.open("w") as file:
        file.write(header + "\n")
        file.write(json.dumps({**first, "seq": 0, "ts_ns": 0}) + "\n")
        for seq in range(1, 100_000):
            file.write(
                f'{{"seq":{seq},"ts_ns":{seq},"kind":"line.reached","by":"probe","pid":1,"tid":1,"line":{seq}}}\n'
            )
    page.goto("/open?lang=en")
    page.locator("#file").set_input_files(path)
    until("__lab.phase() === 'ended' && __lab.events() === 100_000")
    assert page.evaluate("__lab.lastSeq()") == 99_999
    shutil.rmtree(tmp_path)


def test_axe_finds_nothing_where_something_is_asked(page: Page, pair: list[str]) -> None:
    page.goto("/runs?lang=en&theme=light")
    page.locator(".run-row input").first.check()
    page.evaluate(AXE)
    assert violations(page) == []
    for button in (".run-rename", ".run-delete"):
        page.locator(button).first.click()
        assert violations(page) == []
        page.keyboard.press("Escape")


def test_a_replayed_file_is_a_run_that_is_not_changed_here(page: Page, tmp_path: Path, until: Until) -> None:
    file = tmp_path / "tuesday.ndjson"
    header, *events = GOLDEN.read_text("utf-8").splitlines()
    # A file may say anything of when it was made.
    file.write_text("\n".join([json.dumps(json.loads(header) | {"started_at": "long ago"}), *events, ""]), "utf-8")
    command = [sys.executable, "-m", "concurrency_lab", "replay", "--no-open", str(file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            page.goto(f"{url}?lang=en")
            expect(page.get_by_role("heading", level=1)).to_have_text("tuesday.ndjson")
            page.get_by_role("link", name="Runs", exact=True).click()
            row = page.locator(".run-row")
            expect(row).to_contain_text("A file on your disk: rename or delete it there.")
            expect(row).to_contain_text("No findings")
            expect(row).to_contain_text("long ago")
            expect(row.get_by_role("button")).to_have_count(1)
            expect(row.get_by_role("button", name="Copy the link")).to_be_visible()
            row.get_by_role("checkbox").check()
            expect(page.locator("#compare-about")).to_contain_text("tuesday.ndjson is a file on your disk")
            page.locator("#remove-chosen").click(force=True)
            expect(page.get_by_role("dialog")).to_have_count(0)
            page.locator("#language").click()
            expect(row).to_contain_text("这是你硬盘上的文件")
            row.get_by_role("link").click()
            until("globalThis.__lab && __lab.phase() === 'ended'")
        finally:
            page.goto("about:blank")
            server.terminate()
    assert server.returncode == 0
