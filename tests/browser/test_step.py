"""Step mode on the page: whoever sees the run also sees that its order was forced."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_S


def test_a_run_in_step_mode_says_so_and_the_next_plain_one_does_not(page: Page, until: Callable[..., Any]) -> None:
    page.goto("/lessons/race-balance?lang=en")
    expect(page.locator("#step-note")).to_be_hidden()
    page.get_by_role("button", name="The first program in step mode").click()
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    times = page.evaluate("__lab.fold().handed_over")
    assert times >= 20
    expect(page.locator("#status-step")).to_have_text(f"Step mode: {times} hand-overs.")
    expect(page.locator("#step-note")).to_contain_text("real threads in an order that the lab forces")
    # From the lane that was held to the write that came in between, which is before it goes on.
    arrows = [flow for flow in page.evaluate("__lab.flows()") if flow[0] == "overtaken"]
    assert len(arrows) >= 20
    assert all(held_ns <= written_ns for _, _, held_ns, _, written_ns, _ in arrows)
    run = page.evaluate("__lab.run()")

    page.goto(f"/runs/{run}?lang=zh")
    expect(page.locator("#step-note")).to_contain_text("先后由实验室强行安排", timeout=PATIENCE_S * 1000)

    page.goto("/lessons/thread-shares-memory?lang=en")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    expect(page.locator("#step-note")).to_be_hidden()
    expect(page.locator("#status-step")).to_be_hidden()
