"""Time travel: steps, playback, a live run held still, why a lane waits, and what the panels show at an instant."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_S, kitchen_events
from tests.browser.test_everyone import AXE
from tests.browser.test_runs import run_to_its_end

Until = Callable[..., Any]
MS = 1_000_000
# As many presses of a key as it takes, without a way from here to the page for each.
STEP_TO = """ns => {
    const press = { key: ".", bubbles: true, cancelable: true };
    for (let n = 0; n < 100 && __lab.cursorNs() !== ns; n += 1)
        document.body.dispatchEvent(new KeyboardEvent("keydown", press));
    return __lab.cursorNs();
}"""
NO_STEPS = ("lane.on_cpu", "lane.off_cpu", "lane.measured")


def open_kitchen(page: Page, lang: str = "en") -> None:
    page.goto(f"/runs/kitchen?lang={lang}")
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    page.keyboard.press("Home")


def step_to(page: Page, ms: float) -> None:
    """Step on until the cursor is at this instant, where there is an event."""
    at = page.evaluate(STEP_TO, ms * MS)
    assert at == ms * MS, f"no step led to {ms} ms"


def lane_of(page: Page, label: str) -> str:
    keys: dict[str, str] = page.evaluate("Object.fromEntries(__lab.layout().lanes.map(l => [l.label, l.key]))")
    return keys[label]


def choose(page: Page, label: str) -> None:
    """Select a lane at the cursor with the keyboard."""
    key = lane_of(page, label)
    for direction in ("ArrowUp", "ArrowDown"):
        for _ in range(5):
            page.keyboard.press(direction)
            if page.evaluate("__lab.selected()") == key:
                return
    raise AssertionError(f"{label} could not be selected")


def test_every_event_is_a_step_and_is_said_in_words(page: Page, until: Until) -> None:
    open_kitchen(page)
    first = next(event for event in kitchen_events() if event["kind"] == "process.started")
    assert page.evaluate("__lab.cursorNs()") == first["ts_ns"]
    after = [e["ts_ns"] for e in kitchen_events() if e["kind"] not in NO_STEPS and e["seq"] > first["seq"]]
    for ns in after:
        page.keyboard.press(".")
        assert page.evaluate("__lab.travel().event.ns") == ns
    page.keyboard.press(".")
    assert page.evaluate("__lab.cursorNs()") == after[-1], "there is nothing behind the last one"
    for ns in reversed(after[-5:-1]):
        page.keyboard.press("PageUp")
        assert page.evaluate("__lab.cursorNs()") == ns
    page.keyboard.press("Home")
    for ms, said in (
        (34.6, "cashier took the lock till (line 33)"),
        (46.3, "cook put 'soup' into tray (line 14)"),
        (47.2, "cook notified plates, and nobody was waiting (line 17)"),
        (105.7, "waiter printed “served soup” (line 27)"),
    ):
        step_to(page, ms)
        until(f"document.querySelector('.travel-sentence').textContent === {said!r}")
    page.get_by_role("link", name="中文").click()
    expect(page.locator(".travel-sentence")).to_have_text("waiter 输出“served soup”（第 27 行）")


def test_steps_keep_to_a_lane_or_to_a_resource(page: Page) -> None:
    open_kitchen(page)
    step_to(page, 34.6)
    choose(page, "cook")
    page.keyboard.press("Shift+Period")
    assert page.evaluate("__lab.travel().event.lane") == lane_of(page, "cook")
    page.get_by_role("combobox", name="Step by").select_option("lane")
    page.locator("#timeline canvas").focus()
    for _ in range(3):
        page.keyboard.press(".")
        assert page.evaluate("__lab.travel().event.lane") == lane_of(page, "cook")
    page.get_by_role("button", name="till", exact=True).click()
    page.locator("#timeline canvas").focus()
    for _ in range(3):
        page.keyboard.press(".")
        assert page.evaluate("__lab.travel().event.obj") == "4240.1"


def test_panels_show_the_instant_of_the_cursor(page: Page) -> None:
    open_kitchen(page)
    step_to(page, 46.3)
    things = page.locator(".things-table")
    expect(things.get_by_role("row", name="tray")).to_contain_text("1 item: 'soup'")
    step_to(page, 46.7)
    expect(things.get_by_role("row", name="tray")).to_contain_text("1 item: 'pie'")
    step_to(page, 46.8)
    expect(things.get_by_role("row", name="till")).to_contain_text("cashier, for 12.2 ms")
    expect(things.get_by_role("row", name="till").locator("td").last).to_have_text("waiter")
    expect(things.get_by_role("row", name="opened")).to_contain_text("set")
    expect(page.get_by_role("img", name="waiter waits for cashier (till).")).to_be_visible()
    lines = page.locator(".console-line:visible")
    expect(lines).to_have_count(0)
    step_to(page, 105.7)
    expect(lines).to_have_count(1)
    expect(page.locator("#console")).to_contain_text("1 line is printed later")
    choose(page, "waiter")
    expect(page.locator(".code-number[data-trail='1']")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(lines).to_have_count(2)
    expect(page.locator(".code-number[data-trail]")).to_have_count(0)


def test_why_leads_to_the_one_responsible_and_to_who_ended_it(page: Page) -> None:
    open_kitchen(page)
    step_to(page, 47.2)
    choose(page, "waiter")
    page.keyboard.press("y")
    chain = page.locator(".why-chain li")
    expect(chain).to_have_text(
        [
            "waiter waits for the lock till (line 25).",
            "cashier has held it since 34.6 ms (line 33).",
            "cashier sleeps until 84.9 ms (line 34): all of this depends on it.",
        ]
    )
    expect(chain.first.get_by_role("button")).to_be_focused()
    ended = page.locator(".why-cause")
    expect(ended).to_have_text(
        "Unblocked by cashier at 85 ms: it released the lock till (line 33), which it had held for 50.4 ms."
    )
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document.querySelector('#timeline-panel')).then(r => r.violations.map(v => v.id))")
    assert found == []
    ended.get_by_role("button").click()
    assert page.evaluate("__lab.selected()") == lane_of(page, "cashier")
    assert page.evaluate("__lab.cursorNs()") == 85 * MS
    # Back again: from the waiter's wait for a notification to the cook, who gave it, and from there to the waiter.
    page.locator("#timeline canvas").focus()
    step_to(page, 127)
    choose(page, "waiter")
    page.keyboard.press("[")
    assert page.evaluate("[__lab.selected(), __lab.cursorNs()]") == [lane_of(page, "cook"), 150.2 * MS]
    page.keyboard.press("]")
    assert page.evaluate("[__lab.selected(), __lab.cursorNs()]") == [lane_of(page, "waiter"), 150.4 * MS]


def test_a_recorded_run_plays_and_the_space_bar_does_not_start_another(page: Page, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    run_id = run_to_its_end(page)
    speed = page.get_by_role("combobox", name="Speed")
    speed.select_option("0.05")
    page.locator("#timeline canvas").focus()
    page.keyboard.press("Space")
    begin = until("__lab.travel().playing && __lab.cursorNs()")
    until(f"__lab.cursorNs() > {begin}")
    speed.select_option("10")
    until("!__lab.travel().playing")
    assert page.evaluate("__lab.cursorNs()") == page.evaluate("__lab.fold().end_ns")
    assert page.evaluate("__lab.run()") == run_id
    speed.select_option("0.05")
    page.get_by_role("button", name="Play (K)").click()
    until("__lab.travel().playing")
    page.get_by_role("button", name="Pause (K)").click()
    stopped = page.evaluate("__lab.cursorNs()")
    assert not page.evaluate("__lab.travel().playing")
    until("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    assert page.evaluate("__lab.cursorNs()") == stopped


def test_a_live_run_stands_still_and_goes_on_without_a_gap(page: Page, until: Until) -> None:
    page.goto("/lessons/condition-buyer-seller?lang=en")
    page.locator("#param-THINK_SECONDS").fill("0.4")
    page.get_by_role("button", name="Run", exact=True).click()
    until("__lab.events() > 15")
    page.locator("#timeline canvas").focus()
    page.keyboard.press("k")
    held = "[__lab.cursorNs(), __lab.travel().events, __lab.layout().viewport, __lab.fold().end_ns]"
    before = page.evaluate(held)
    until("__lab.travel().held > 3")
    expect(page.locator(".travel-since")).to_contain_text("new events")
    assert page.evaluate(held) == before
    # What is received is counted; the number is written ten times a second.
    until(f"__lab.events() > {before[1]}")
    page.keyboard.press("End")
    assert page.evaluate("__lab.travel().held") is None
    assert page.evaluate("__lab.travel().events") > before[1]
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    assert page.evaluate("__lab.travel().events") == page.evaluate("__lab.lastSeq()") + 1
