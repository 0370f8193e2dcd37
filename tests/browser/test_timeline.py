"""The timeline itself: what must be seen at every zoom, and the minimap below it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import HOUR_NS, HOUR_WAIT_NS

Until = Callable[..., Any]
LOCKED = [0xA1, 0x2B, 0x00]

# How many pixels of a canvas have a colour.
COUNT = """([selector, colour]) => {
    const canvas = document.querySelector(selector);
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (colour.every((value, c) => data[i + c] === value)) count += 1;
    return count;
}"""


def view(page: Page) -> dict[str, float]:
    """Return what the timeline shows, in nanoseconds."""
    viewport: dict[str, float] = page.evaluate("__lab.layout().viewport")
    return viewport


def drag(page: Page, from_x: float, to_x: float) -> None:
    """Drag on the minimap, from and to shares of its width."""
    box = page.locator("#minimap").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + from_x * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + to_x * box["width"], y, steps=4)
    page.mouse.up()


@pytest.fixture
def hour(page: Page, until: Until) -> Page:
    page.goto("/runs/hour?lang=en&theme=light")
    until("__lab.layout().counts.spans > 2 && !__lab.layout().following")
    return page


def test_a_microsecond_for_a_lock_within_an_hour_is_seen_at_every_zoom(hour: Page, until: Until) -> None:
    until(f"({COUNT})(['#minimap canvas', {LOCKED}])")
    # The click puts the cursor near it: zooming is about the cursor.
    plot = hour.evaluate("__lab.layout().plot")
    seen = view(hour)
    share = (HOUR_WAIT_NS - seen["fromNs"]) / (seen["toNs"] - seen["fromNs"])
    hour.locator("#timeline canvas").click(position={"x": plot["x"] + share * plot["width"] + 3, "y": 300})
    hour.mouse.move(5, 5)
    zooms = 0
    while view(hour)["fromNs"] < HOUR_WAIT_NS < view(hour)["toNs"] and zooms < 12:
        assert hour.evaluate(COUNT, ["#timeline canvas", LOCKED]) >= 10, f"after {zooms} zooms"
        hour.keyboard.press("+")
        hour.evaluate("new Promise(requestAnimationFrame)")
        zooms += 1
    assert zooms >= 5


def test_the_frame_on_the_minimap_is_dragged_resized_and_jumped_with(hour: Page, until: Until) -> None:
    minimap = hour.get_by_role("slider", name="What part of the run is in sight")
    expect(minimap).to_have_attribute("aria-valuetext", "The whole run")
    # The right edge of the whole run's frame to its middle, the left one to a quarter.
    drag(hour, 0.992, 0.5)
    drag(hour, 0.008, 0.25)
    seen = view(hour)
    assert abs(seen["fromNs"] / HOUR_NS - 0.25) < 0.02
    assert abs(seen["toNs"] / HOUR_NS - 0.5) < 0.02
    # By its inside, a quarter to the right: what is in sight is as long as before.
    length = seen["toNs"] - seen["fromNs"]
    drag(hour, 0.375, 0.625)
    moved = view(hour)
    assert abs((moved["fromNs"] - seen["fromNs"]) / HOUR_NS - 0.25) < 0.02
    assert moved["toNs"] - moved["fromNs"] == pytest.approx(length)
    # A click elsewhere.
    drag(hour, 0.1, 0.1)
    jumped = view(hour)
    assert abs((jumped["fromNs"] + jumped["toNs"]) / 2 / HOUR_NS - 0.1) < 0.02
    assert jumped["toNs"] - jumped["fromNs"] == pytest.approx(length)
    minimap.focus()
    hour.keyboard.press("PageUp")
    paged = view(hour)
    assert paged["fromNs"] - jumped["fromNs"] == pytest.approx(length, rel=0.01)
    hour.keyboard.press("ArrowLeft")
    assert view(hour)["fromNs"] == pytest.approx(paged["fromNs"] - length / 10, rel=0.02)
    value = minimap.get_attribute("aria-valuetext")
    assert value is not None
    assert value.startswith("From ")


def test_the_minimap_keeps_its_place_before_anything_has_run(page: Page, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    until("document.querySelector('#minimap canvas')")
    expect(page.locator("#minimap")).to_have_css("visibility", "hidden")
    height = page.locator("#timeline").bounding_box()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#minimap")).to_have_css("visibility", "visible")
    assert page.locator("#timeline").bounding_box() == height
