"""The timeline's lanes and the time on it: a range in numbers, marks, shared things, and how lanes are arranged."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_everyone import AXE

Until = Callable[..., Any]
RUN = "/runs/sharing"
LANES = ["MainThread", "Ann", "Ben", "Cid"]


@pytest.fixture
def timeline(page: Page, until: Until) -> Page:
    """Show the recorded run of three threads that want one lock."""
    page.goto(f"{RUN}?lang=en")
    until("__lab.phase() === 'ended' && __lab.layout().tracks.length > 0")
    return page


def labels(page: Page) -> list[str]:
    return [lane["label"] for lane in page.evaluate("__lab.layout().lanes")]


def x_of(page: Page, ms: float) -> float:
    """Return where an instant is on the canvas."""
    layout = page.evaluate("__lab.layout()")
    plot, seen = layout["plot"], layout["viewport"]
    share = (ms * 1e6 - seen["fromNs"]) / (seen["toNs"] - seen["fromNs"])
    return float(plot["x"] + plot["width"] * share)


def point(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator("#timeline canvas").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*point(page, *start))
    page.mouse.down()
    page.mouse.move(*point(page, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2))
    page.mouse.move(*point(page, *end))
    page.mouse.up()


def middle_of(page: Page, kind: str, label: str) -> float:
    rows = page.evaluate(f"__lab.layout().{kind}")
    found = next(row for row in rows if row.get("label", row.get("name")) == label)
    height = page.evaluate("__lab.layout().lanes[0].height")
    return float(found["y"] + height / 2)


def overlap(page: Page, key: str, look: str, begin: float, end: float) -> float:
    """Return how long a lane had a look in a range, by adding up its spans."""
    total = 0.0
    for span in page.evaluate(f"__lab.spans('{key}')"):
        last = end if span["toNs"] is None else span["toNs"]
        if span["look"] == look:
            total += max(0, min(last, end) - max(span["fromNs"], begin))
    return total


def test_a_drag_on_the_ruler_tells_what_happened_in_that_time(timeline: Page) -> None:
    drag(timeline, (x_of(timeline, 35), 8), (x_of(timeline, 95), 8))
    chosen = timeline.evaluate("__lab.layout().range")
    assert abs(chosen["fromNs"] - 35e6) < 2e6
    assert abs(chosen["toNs"] - 95e6) < 2e6
    [facts] = timeline.evaluate("__lab.range()")
    keys = {lane["label"]: lane["key"] for lane in timeline.evaluate("__lab.layout().lanes")}
    for lane in facts["lanes"]:
        for look, ns in lane["looks"].items():
            assert ns == pytest.approx(overlap(timeline, keys[lane["label"]], look, **_ends(chosen)), abs=1)
    gate = next(thing for thing in facts["things"] if thing["name"] == "gate")
    assert gate["heldNs"] == pytest.approx(chosen["toNs"] - chosen["fromNs"], abs=1)
    assert gate["mostWaiting"] == 2
    panel = timeline.get_by_role("tabpanel", name="Range")
    expect(panel.get_by_role("row", name="Ben")).to_contain_text("100 %")
    expect(panel.get_by_role("row", name="gate")).to_contain_text("threading.Lock")
    # Its ends can be taken hold of.
    drag(timeline, (x_of(timeline, chosen["toNs"] / 1e6), 8), (x_of(timeline, 180), 8))
    longer = timeline.evaluate("__lab.layout().range")
    assert longer["fromNs"] == chosen["fromNs"]
    assert longer["toNs"] > chosen["toNs"] + 50e6


def _ends(chosen: dict[str, float]) -> dict[str, float]:
    return {"begin": chosen["fromNs"], "end": chosen["toNs"]}


def test_keys_choose_a_range_fit_it_and_let_it_go(timeline: Page) -> None:
    timeline.keyboard.press("0")
    whole = timeline.evaluate("__lab.layout().viewport")
    ends = []
    for ms in (120, 50):
        timeline.mouse.click(*point(timeline, x_of(timeline, ms), middle_of(timeline, "lanes", "Ann")))
        ends.append(timeline.evaluate("__lab.cursorNs()"))
        timeline.keyboard.press("m")
    assert timeline.evaluate("__lab.layout().range") == {"fromNs": ends[1], "toNs": ends[0]}
    timeline.keyboard.press("f")
    seen = timeline.evaluate("__lab.layout().viewport")
    assert seen["fromNs"] < ends[1] < ends[0] < seen["toNs"]
    assert seen["toNs"] - seen["fromNs"] < 1.2 * (ends[0] - ends[1])
    timeline.keyboard.press("0")
    assert timeline.evaluate("__lab.layout().viewport") == whole
    timeline.keyboard.press("Escape")
    assert timeline.evaluate("__lab.layout().range") is None
    assert timeline.evaluate("__lab.range()") is None


def test_marks_are_placed_listed_visited_and_removed(timeline: Page) -> None:
    timeline.mouse.dblclick(*point(timeline, x_of(timeline, 150), 8))
    timeline.mouse.click(*point(timeline, x_of(timeline, 40), middle_of(timeline, "lanes", "Ann")))
    timeline.keyboard.press("i")
    marks = timeline.evaluate("__lab.layout().marks")
    assert [mark["name"] for mark in marks] == ["M2", "M1"]
    assert marks[0]["ns"] == timeline.evaluate("__lab.cursorNs()")
    timeline.keyboard.press("n")
    assert timeline.evaluate("__lab.cursorNs()") == marks[1]["ns"]
    timeline.keyboard.press("n")
    assert timeline.evaluate("__lab.cursorNs()") == marks[0]["ns"]
    timeline.get_by_role("button", name="Remove M2").click()
    assert [mark["name"] for mark in timeline.evaluate("__lab.layout().marks")] == ["M1"]


def test_shared_things_have_rows_that_explain_themselves(timeline: Page, until: Until) -> None:
    tracks = timeline.evaluate("__lab.layout().tracks")
    assert [track["name"] for track in tracks] == ["gate", "jobs"]
    timeline.mouse.move(*point(timeline, x_of(timeline, 60), middle_of(timeline, "tracks", "gate")))
    card = timeline.locator("#details")
    expect(card).to_contain_text("Ann, for 5")
    expect(card).to_contain_text("Cid, for 4")
    assert card.inner_text().index("Cid") < card.inner_text().index("Ben"), "who came first is named first"
    # The keyboard reaches them below the last lane.
    timeline.locator("#timeline canvas").focus()
    for _ in range(len(LANES) + 2):
        timeline.keyboard.press("ArrowDown")
    assert timeline.evaluate("__lab.selected()") == tracks[1]["key"]
    expect(card).to_contain_text("1 item")
    timeline.get_by_role("button", name="Cores", exact=True).click()
    until("__lab.layout().tracks.some(track => track.kind === 'core' && track.name === 'Core 1')")
    timeline.get_by_role("button", name="Shared", exact=True).click()
    until("__lab.layout().tracks.every(track => track.kind === 'core')")
    timeline.reload()
    until("__lab.phase() === 'ended' && __lab.layout().tracks.length === 1")
    expect(timeline.get_by_role("button", name="Shared", exact=True)).to_have_attribute("aria-pressed", "false")


def test_the_keyboard_alone_arranges_lanes(timeline: Page) -> None:
    timeline.locator("#timeline canvas").focus()
    timeline.keyboard.press("ArrowDown")
    timeline.keyboard.press("Enter")
    assert labels(timeline) == ["MainThread"]
    assert timeline.evaluate("__lab.layout().lanes[0].below") == 3
    # The button of the chosen lane's menu comes behind the canvas; its arrows fold.
    timeline.get_by_role("button", name="What to do with MainThread").focus()
    timeline.keyboard.press("ArrowRight")
    assert labels(timeline) == LANES
    timeline.locator("#timeline canvas").focus()
    for _ in range(2):
        timeline.keyboard.press("ArrowDown")
    timeline.keyboard.press("Alt+ArrowUp")
    assert labels(timeline) == ["MainThread", "Ben", "Ann", "Cid"]
    timeline.get_by_role("button", name="What to do with Ben").focus()
    timeline.keyboard.press("Enter")
    expect(timeline.get_by_role("menuitem", name="Pin to the top")).to_be_focused()
    timeline.keyboard.press("Enter")
    assert labels(timeline) == ["Ben", "MainThread", "Ann", "Cid"]
    expect(timeline.get_by_role("button", name="What to do with Ben")).to_be_focused()
    timeline.keyboard.press("Enter")
    timeline.keyboard.press("ArrowUp")
    expect(timeline.get_by_role("menuitem", name="Show only this")).to_be_focused()
    timeline.keyboard.press("Space")
    assert labels(timeline) == ["Ben"]
    timeline.get_by_role("button", name="Show 3 hidden").click()
    timeline.keyboard.press("/")
    timeline.keyboard.type("an")
    assert labels(timeline) == ["Ann"]
    timeline.keyboard.press("Escape")
    assert labels(timeline) == ["Ben", "MainThread", "Ann", "Cid"]
    expect(timeline.locator("#timeline canvas")).to_be_focused()


def test_the_mouse_folds_drags_and_hides_by_the_label(timeline: Page, until: Until) -> None:
    main = middle_of(timeline, "lanes", "MainThread")
    timeline.mouse.click(*point(timeline, 14, main - 6))
    assert labels(timeline) == ["MainThread"]
    timeline.mouse.click(*point(timeline, 14, main - 6))
    assert labels(timeline) == LANES
    ann, cid = (middle_of(timeline, "lanes", name) for name in ("Ann", "Cid"))
    drag(timeline, (60, ann), (60, cid))
    until("__lab.layout().lanes.map(lane => lane.label).join() === 'MainThread,Ben,Cid,Ann'")
    timeline.mouse.click(*point(timeline, 60, middle_of(timeline, "lanes", "Cid")), button="right")
    timeline.get_by_role("menuitem", name="Hide").click()
    assert labels(timeline) == ["MainThread", "Ben", "Ann"]
    timeline.get_by_role("button", name="Show 1 hidden").click()
    assert labels(timeline) == ["MainThread", "Ben", "Cid", "Ann"]


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_axe_finds_nothing_in_range_marks_and_menu(page: Page, until: Until, theme: str) -> None:
    page.goto(f"{RUN}?lang=en&theme={theme}")
    until("__lab.phase() === 'ended' && __lab.layout().lanes.length === 4")
    drag(page, (x_of(page, 25), 8), (x_of(page, 120), 8))
    page.keyboard.press("i")
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="What to do with MainThread").click()
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
