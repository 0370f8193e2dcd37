"""The console under a flood: the newest lines are shown, the rest is counted, the page stays quick."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import FLOOD_LINES, LAGGING, PATIENCE_S

KEPT = 5000


def test_a_flood_of_output_shows_the_newest_lines_and_counts_the_rest(page: Page, until: Callable[..., Any]) -> None:
    page.goto("/runs/flood?lang=en")
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    until(f"document.querySelectorAll('.console-line').length === {KEPT}")
    earlier = f"{FLOOD_LINES - KEPT:,} earlier lines are not shown"
    expect(page.locator(".console-note")).to_have_text(earlier)
    texts = page.evaluate("[...document.querySelectorAll('.console-text')].map(text => text.textContent)")
    assert texts == [f"line {number}" for number in range(FLOOD_LINES - KEPT, FLOOD_LINES)]


def test_a_trace_that_fell_behind_says_so(page: Page) -> None:
    page.goto("/runs/lagging?lang=en")
    expect(page.locator(".console-line.warning .console-text")).to_have_text(LAGGING)
