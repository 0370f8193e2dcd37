"""Two recorded runs on one clock, side by side and overlaid, and what they differ in."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Lab
from tests.browser.test_everyone import AXE
from tests.browser.test_lesson import ASKS, axe_violations, ended
from tests.browser.test_runs import run_to_its_end

Until = Callable[..., Any]


def run_with(page: Page, until: Until, workers: int) -> str:
    """Run once more, return the run's id."""
    before = page.evaluate("__lab.run()")
    page.locator("#param-WORKERS").fill(str(workers))
    page.get_by_role("button", name="Run", exact=True).click()
    until(f"__lab.run() && __lab.run() !== '{before}'")
    ended(page)
    return str(page.evaluate("__lab.run()"))


def cells(table: Locator, name: str) -> list[str]:
    row = table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=name))
    return row.locator("td").all_inner_texts()


def test_two_runs_share_a_clock_and_their_differences_are_told(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    earlier = run_with(page, until, 1)
    later = run_with(page, until, 2)
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("The other run").select_option(value=earlier)
    page.get_by_role("button", name="Show both").click()
    until(f"__lab.runs().map(run => run.id).join() === '{later},{earlier}'")
    ended(page)
    assert page.url.endswith(f"#run={later},{earlier}")
    titles = [group["title"] for group in page.evaluate("__lab.layout().groups")]
    assert titles == ["A · A lesson that asks everything", "B · A lesson that asks everything"]

    outputs = [str(lab.get(f"/api/runs/{run}/outcomes").json()["output"]).splitlines() for run in (later, earlier)]
    first = next(at for at, (a, b) in enumerate(zip(*outputs, strict=False)) if a != b)
    table = page.get_by_role("table", name="What the two runs differ in")
    assert cells(table, f"First line that differs: line {first + 1}") == [lines[first] for lines in outputs]
    assert cells(table, "Lane that ended first")[1] == "worker-0"

    page.evaluate(AXE)
    assert axe_violations(page) == []
    # Overlaid, lanes of the same name stand below each other, and only then.
    apart = [lane["key"][:2] for lane in page.evaluate("__lab.layout().lanes")]
    assert apart == ["0:"] * 3 + ["1:"] * 2
    page.get_by_role("button", name="Overlay").click()
    lanes = until("__lab.layout().lanes[0].label.startsWith('A ') && __lab.layout().lanes")
    assert [lane["label"] for lane in lanes] == [
        "A MainThread", "B MainThread", "A worker-0", "B worker-0", "A worker-1",
    ]  # fmt: skip
    tops = [lane["y"] for lane in lanes]
    assert tops == sorted(set(tops)), "each has a place of its own"
    # A click on a lane is about its own run.
    page.locator("#timeline canvas").click(position={"x": 20, "y": lanes[3]["y"] + lanes[3]["height"] / 2})
    page.get_by_role("button", name="Overlay").click()
    assert until("__lab.layout().lanes[0].label === 'MainThread' && __lab.layout().lanes.length") == 5
    page.get_by_role("button", name="Only A").click()
    until("__lab.runs().length === 1")
    ended(page)
    assert page.evaluate("__lab.run()") == later


def test_a_recorded_run_takes_a_link_and_refuses_what_is_none(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    one, other = run_with(page, until, 1), run_with(page, until, 2)
    page.goto("/lessons/event-ten-threads?lang=en")
    foreign = run_to_its_end(page)
    page.goto(f"/runs/{one}?lang=en")
    ended(page)
    page.get_by_role("tab", name="Compare").click()
    link = page.get_by_role("textbox", name="paste a link")
    for text, sentence in {
        "no link": "This is no link to a run",
        f"{lab.url}/runs/{one}": "on the screen already",
        f"{lab.url}/runs/{foreign}": "of another lesson",
        "/runs/nosuchrun": "nosuchrun",
    }.items():
        link.fill(text)
        page.get_by_role("button", name="Show both").click()
        expect(page.locator("#pair [role=alert]")).to_contain_text(sentence)
    link.fill(f"{lab.url}/lessons/asks-everything?lang=zh#run={other}&t=0.1")
    link.press("Enter")
    until(f"__lab.runs().map(run => run.id).join() === '{one},{other}'")
    ended(page)
    page.reload()
    until(f"__lab.runs().map(run => run.id).join() === '{one},{other}'")
    ended(page)
