"""For the whole room, and for every screen: large print, sizes of the panels, spotlight, dark screen, fingers."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_runs import run_to_its_end

LESSON = "/lessons/pool-apply-async"
Until = Callable[..., Any]


def box_of(place: Locator) -> dict[str, float]:
    """Return where an element is; it must be on the screen."""
    box = place.bounding_box()
    assert box is not None
    return dict(box)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
def test_a_class_sees_six_lanes_and_the_program(page: Page, until: Until, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/lessons/event-ten-threads?lang=en&theme=projector")
    run_to_its_end(page)
    until("__lab.layout().lanes.length >= 6")
    expect(page.locator(".travel-sentence")).to_have_text("Nothing of the run is alive any more")
    layout = page.evaluate("__lab.layout()")
    assert layout["lanes"][0]["height"] == 56
    assert layout["lanes"][5]["y"] + 56 <= layout["plot"]["height"]
    # After Run the program is in front, none of its lines is cut off, and the usual ones are not wrapped.
    assert page.evaluate("(p => p.scrollWidth <= p.clientWidth)(document.querySelector('#source'))")
    letters = page.evaluate(
        """(line => line.clientWidth / (parseFloat(getComputedStyle(line).fontSize) * 0.602))(
            document.querySelector('.code-text'))"""
    )
    assert letters >= 38
    for least, selector in ((18, ".code"), (22, "body"), (18, ".tab")):
        size = page.evaluate("s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)", selector)
        assert size >= least, selector
    for away in ("#params", ".back", "#panel-table-tab"):
        expect(page.locator(away)).to_be_hidden()


def test_the_parameters_come_when_they_are_asked_for(page: Page) -> None:
    page.goto(f"{LESSON}?lang=en&theme=projector")
    button = page.get_by_role("button", name="Settings")
    field = page.get_by_label("Worker processes")
    expect(field).to_be_hidden()
    button.click()
    field.fill("99")
    page.locator("#lesson-name").click()
    expect(field).to_be_hidden()
    # What is wrong is shown all the same.
    page.get_by_role("button", name="Run", exact=True).click()
    expect(field).to_be_focused()
    field.fill("2")
    field.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(field).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "projector"])
def test_bars_between_the_panels_move_by_key_and_pointer_and_are_remembered(page: Page, theme: str) -> None:
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"{LESSON}?lang=en&theme={theme}")
    beside = page.get_by_role("separator", name="Width of the panels beside the timeline")
    below = page.get_by_role("separator", name="Height of the panels below the timeline")
    side, console = page.locator("#dock-side"), page.locator("#dock-below")
    for bar, keys, dock, edge in ((beside, "ArrowLeft", side, "width"), (below, "ArrowUp", console, "height")):
        before, told = box_of(dock)[edge], int(bar.get_attribute("aria-valuenow") or 0)
        bar.focus()
        bar.press(keys)
        bar.press(keys)
        assert box_of(dock)[edge] > before + 20
        assert int(bar.get_attribute("aria-valuenow") or 0) == told + 4
    assert page.evaluate("__lab.cursorNs()") is None, "the arrows were the bar's"
    place = box_of(beside)
    page.mouse.move(place["x"] + 6, place["y"] + 200)
    page.mouse.down()
    page.mouse.move(800, 500, steps=3)
    page.mouse.up()
    assert box_of(side)["x"] == pytest.approx(800, abs=3)
    sizes = box_of(side)["width"], box_of(console)["height"]
    page.reload()
    expect(side).to_be_visible()
    assert (box_of(side)["width"], box_of(console)["height"]) == pytest.approx(sizes, abs=2)
    beside.press("End")
    assert box_of(page.locator("#timeline"))["width"] > 300, "neither side can be lost"
    beside.press("Enter")
    below.press("Enter")
    page.reload()
    assert box_of(side)["width"] != pytest.approx(sizes[0], abs=20)


def test_the_spotlight_dims_all_lanes_but_one(page: Page, until: Until) -> None:
    page.goto(f"{LESSON}?lang=en&theme=projector")
    run_to_its_end(page)
    button = page.get_by_role("button", name="Spotlight")
    lanes = [lane["key"] for lane in page.evaluate("__lab.layout().lanes")]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("o")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("__lab.layout().spotlight") == lanes[0]
    page.keyboard.press("ArrowDown")
    assert page.evaluate("__lab.layout().spotlight") == lanes[1]
    button.click()
    assert page.evaluate("__lab.layout().spotlight") is None
    button.click()
    assert page.evaluate("__lab.layout().spotlight") == lanes[1]
    page.keyboard.press("Escape")
    assert page.evaluate("__lab.layout().spotlight") is None


def test_the_dark_screen_hides_everything_until_any_key(page: Page) -> None:
    page.goto(f"{LESSON}?lang=en&theme=projector")
    dark = page.get_by_role("dialog", name="The screen is dark. Any key brings it back.")
    page.keyboard.press("b")
    assert box_of(dark) == {"x": 0, "y": 0, "width": 1366, "height": 768}
    # The key that brings the page back does nothing else: this one would start a run.
    page.keyboard.press("Space")
    expect(dark).to_be_hidden()
    assert page.evaluate("__lab.phase()") == "idle"
    page.keyboard.press("b")
    page.mouse.click(500, 500)
    expect(dark).to_be_hidden()


def fingers(page: Page, *positions: list[tuple[float, float]]) -> None:
    """Put fingers down at the first positions, move them along the others, and lift them."""
    devtools = page.context.new_cdp_session(page)
    for at, points in enumerate(positions):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        kind = "touchMove" if at else "touchStart"
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.browser_context_args(has_touch=True, viewport={"width": 390, "height": 844})
def test_one_finger_pans_and_two_zoom(page: Page, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    run_to_its_end(page)
    plot = page.evaluate("__lab.layout().plot")
    canvas = box_of(page.locator("#timeline canvas"))
    left, y = canvas["x"] + plot["x"], canvas["y"] + plot["y"] + 40
    whole = page.evaluate("__lab.layout().viewport")
    middle = left + plot["width"] / 2
    fingers(page, *[[(middle - by, y), (middle + by, y)] for by in (20, 40, 60, 80)])
    closer = page.evaluate("__lab.layout().viewport")
    assert closer["toNs"] - closer["fromNs"] < (whole["toNs"] - whole["fromNs"]) / 2
    fingers(page, *[[(middle - by, y)] for by in (0, 20, 40, 60)])
    later = page.evaluate("__lab.layout().viewport")
    assert later["fromNs"] > closer["fromNs"]
    assert later["toNs"] - later["fromNs"] == pytest.approx(closer["toNs"] - closer["fromNs"], rel=0.01)
    assert page.evaluate("visualViewport.scale") == 1, "the page itself was not zoomed"
    fingers(page, [(middle, y)])
    until("__lab.cursorNs() !== null")
