"""Moving about can be undone, and an address opens exactly the view that it was copied from."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Lab
from tests.browser.test_lesson import ASKS, THREE, ended
from tests.browser.test_runs import run_to_its_end

Until = Callable[..., Any]
VIEW = "(({viewport, cursorNs, selection, plot}) => [viewport, cursorNs, selection, plot.width])(__lab.layout())"


def drag(page: Page, by: int) -> None:
    box = page.locator("#timeline canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 20
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + by * step / 8, y)
    page.mouse.up()


def same_view(one: list[Any], other: list[Any]) -> bool:
    """Whether two views differ by less than the pixel that the origin is snapped to."""
    pixel_ns = (one[0]["toNs"] - one[0]["fromNs"]) / one[3]
    near = all(abs(one[0][end] - other[0][end]) <= pixel_ns for end in ("fromNs", "toNs"))
    # An address is exact to the nanosecond.
    cursors = [-1 if view[1] is None else round(view[1]) for view in (one, other)]
    return near and cursors[0] == cursors[1] and one[2] == other[2]


def settled(until: Until, part: str) -> None:
    until(f"location.hash.includes({part!r})")


def test_moving_about_is_undone_and_redone_step_by_step(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    run_to_its_end(page)
    page.locator("#timeline canvas").focus()
    undo, redo = page.locator("#view-undo"), page.locator("#view-redo")
    seen = [page.evaluate(VIEW)]
    # A held key is one step, and so is a drag, however many moves it is made of.
    for _ in range(4):
        page.keyboard.press("w")
    settled(until, "view=")
    seen.append(page.evaluate(VIEW))
    before = page.evaluate("location.hash")
    drag(page, -90)
    until(f"location.hash !== {before!r}")
    seen.append(page.evaluate(VIEW))
    page.keyboard.press("ArrowDown")
    settled(until, "sel=")
    seen.append(page.evaluate(VIEW))
    for view in reversed(seen[:-1]):
        page.keyboard.press("Control+z")
        assert same_view(page.evaluate(VIEW), view)
    expect(undo).to_have_attribute("aria-disabled", "true")
    for view in seen[1:]:
        redo.click()
        assert same_view(page.evaluate(VIEW), view)
    expect(redo).to_have_attribute("aria-disabled", "true")
    # A field keeps its own undo.
    page.locator("#param-WORKERS").fill("5")
    page.locator("#param-WORKERS").press("Control+z")
    assert same_view(page.evaluate(VIEW), seen[-1])


@pytest.mark.parametrize("recorded", [False, True])
def test_a_copied_link_opens_exactly_this_view(
    page: Page, context: BrowserContext, lab: Lab, until: Until, recorded: bool
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{ASKS}?lang=zh&theme=dark")
    page.locator("#run").click()
    ended(page)
    run_id = page.evaluate("__lab.run()")
    if recorded:
        page.goto(f"/runs/{run_id}?lang=zh&theme=dark")
        ended(page)
    page.locator("#timeline canvas").focus()
    for _ in range(3):
        page.keyboard.press("w")
    drag(page, -40)
    box = page.locator("#timeline canvas").bounding_box()
    assert box is not None
    lane = page.evaluate("__lab.layout().lanes")[1]
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + lane["y"] + lane["height"] / 2)
    view = page.evaluate(VIEW)
    assert view[1] is not None
    page.locator("#copy-link").click()
    expect(page.locator("#copied")).to_have_text("已复制指向这个画面的链接")
    link = page.evaluate("navigator.clipboard.readText()")
    assert (run_id in link.split("#")[0]) is recorded
    context.clear_cookies()
    page.goto("/?lang=en&theme=light")
    page.goto(link)
    ended(page)
    until("__lab.cursorNs() !== null")
    assert page.evaluate("__lab.run()") == run_id
    assert same_view(page.evaluate(VIEW), view)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == ["zh-CN", "dark"]


def test_a_damaged_address_keeps_what_is_whole(page: Page, until: Until) -> None:
    page.goto(f"{THREE}?lang=en")
    page.locator("#run").click()
    ended(page)
    runs = [run["id"] for run in page.evaluate("__lab.runs()")]
    page.goto("/")
    page.goto(f"{THREE}?lang=en#run={','.join(runs)}&view=oops&sel=%3Cimg%3E&t=0.25&front=1&overlay=1&x")
    ended(page)
    until("__lab.cursorNs() === 250000000")
    assert page.evaluate("__lab.front()") == 1
    assert page.evaluate("__lab.layout().lanes[0].label") == "A MainThread"
    # Another address in the bar of the same page is gone to as well.
    page.evaluate(f"location.hash = 'run={runs[2]}&t=0.1'")
    until(f"__lab.run() === '{runs[2]}' && __lab.cursorNs() === 100000000")
