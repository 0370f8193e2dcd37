"""Nobody is left out: axe on every kind of page, what a screen reader is told, zoom, motion, colours by force."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_S, ROOT, Lab
from tests.browser.test_runs import run_to_its_end

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
LESSON = "condition-buyer-seller"
THEMES = ("light", "dark", "projector")
SIZES = ((1366, 768), (640, 480), (390, 844))
EVERY_WAY = [(theme, size) for theme in THEMES for size in SIZES]
# Each theme and each size once: where nothing but text is shown, the one hardly changes the other.
SOME_WAYS = list(zip(THEMES, SIZES, strict=True))
RUN_AXE = """axe.run(document, {
    resultTypes: ["violations"], preload: false, iframes: false, rules: {"target-size": {enabled: true}}})"""
# Words in <> are keys of static/i18n. Not the outline of the prose, which is each lesson's own.
OUTLINES = {
    ".runbar": """
        - button "<run.start>"
        - text: /.+/
        - spinbutton
        - text: /.+/
        - spinbutton
        - group "<timeline.title>":
          - button "<timeline.follow>"
          - button "<timeline.fit>"
          - button "<timeline.zoom_out>"
          - button "<timeline.zoom_in>"
    """,
    "#timeline-panel": """
        - region "<timeline.title>":
          - heading "<timeline.title>" [level=2]
          - 'group "<legend.title>"':
            - button "<look.new>" [pressed]
            - button "<look.runnable>" [pressed]
            - button "<look.running>" [pressed]
            - button "<look.locked>" [pressed]
            - button "<look.waiting>" [pressed]
            - button "<look.sleeping>" [pressed]
            - button "<look.zombie>" [pressed]
            - button "<look.dead>" [pressed]
          - img
    """,
    "#dock-side": """
        - tablist "<page.tabs>":
          - tab "<lesson.title>" [selected]
          - tab "<source.title>"
          - tab "<question.title>"
        - tabpanel "<lesson.title>"
    """,
    "#dock-below": """
        - tablist "<page.tabs>":
          - tab "<console.title>" [selected]
          - tab "<table.title>"
        - tabpanel "<console.title>":
          - log
    """,
    "#content": """
        - main:
          - region "<params.title>"
          - region "<timeline.title>"
          - separator "<split.columns>"
          - separator "<split.rows>"
    """,
}
Until = Callable[..., Any]


@pytest.fixture(scope="module")
def recorded(lab: Lab) -> str:
    """Run the lesson once; return the run's id."""
    return lab.record(LESSON)


def open_page(page: Page, kind: str, run: str, lang: str) -> None:
    """Show one kind of page, a lesson's in one of its states."""
    lesson, options = f"/lessons/{LESSON}", f"?lang={lang}&theme=light"
    addresses = {
        "catalogue": f"/{options}",
        "lesson": lesson + options,
        "lesson after a run": f"{lesson}{options}#run={run}",
        "lesson with questions": f"{lesson}{options}#run={run}",
        "lesson with table": f"{lesson}{options}#run={run}",
        "several programs": f"/lessons/three-ways{options}",
        "help": lesson + options,
        "run": f"/runs/{run}{options}",
        "sheet": f"{lesson}/sheet{options}",
        "error": f"/runs/nosuchrun{options}",
    }
    page.goto(addresses.get(kind, f"/{kind}{options}"))
    if run in page.url:
        expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
        page.keyboard.press("ArrowDown")
    if kind == "lesson with questions":
        page.locator("#panel-questions-tab").click()
    elif kind == "lesson with table":
        page.keyboard.press("t")
    elif kind == "several programs":
        run_to_its_end(page)
    elif kind == "help":
        page.keyboard.press("?")


def violations(page: Page) -> list[Any]:
    found = page.evaluate(RUN_AXE)["violations"]
    return [(each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found]


KINDS = (
    "catalogue", "lesson", "lesson after a run", "lesson with questions", "lesson with table", "several programs",
    "help", "run", "glossary", "primitives", "primitives/threading.Condition", "sheet", "error", "runs",
    "open",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(page: Page, recorded: str, kind: str) -> None:
    open_page(page, kind, recorded, "en")
    page.evaluate(AXE)
    for theme, (width, height) in EVERY_WAY if kind in ("lesson", "lesson after a run") else SOME_WAYS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("theme => document.querySelector(`[data-theme-choice=${theme}]`).click()", theme)
        assert violations(page) == [], f"{kind} in {theme} at {width}x{height}"
    if kind in ("catalogue", "lesson after a run", "runs"):
        open_page(page, kind, recorded, "zh")
        page.evaluate(AXE)
        assert violations(page) == [], f"{kind} in Chinese"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_outline_of_a_lesson(page: Page, recorded: str, lang: str) -> None:
    """What assistive technology is told: landmarks, headings, names and states of all controls."""
    open_page(page, "lesson after a run", recorded, lang)
    page.keyboard.press("Escape")
    words = page.request.get(f"/static/i18n/{lang}.json").json()
    for place, outline in OUTLINES.items():
        spoken = re.sub(r"<([\w.]+)>", lambda found: words[found[1]], outline)
        expect(page.locator(place)).to_match_aria_snapshot(spoken)


def test_reduced_motion_is_heeded(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/lessons/{LESSON}?lang=en")
    moving = """[...document.querySelectorAll("*")].filter(e => [null, "::before", "::after"].some(part => {
        const style = getComputedStyle(e, part);
        return parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01 ||
            style.scrollBehavior === "smooth";
    })).map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(moving) == []


def test_forced_colours_leave_states_and_choices_visible(page: Page, recorded: str) -> None:
    page.emulate_media(forced_colors="active")
    open_page(page, "lesson after a run", recorded, "en")
    # The legend's patterns are pictures and stay; a pressed button and the tab in front are told by more than colour.
    assert page.evaluate("getComputedStyle(document.querySelector('.swatch-running')).backgroundImage") != "none"
    for on, off in (
        ("#panel-lesson-tab", "#panel-source-tab"),
        ("[data-theme-choice=light]", "[data-theme-choice=dark]"),
    ):
        told = "s => (c => c.borderBottomColor + c.backgroundColor)(getComputedStyle(document.querySelector(s)))"
        assert page.evaluate(told, on) != page.evaluate(told, off)


def test_twice_as_large_loses_nothing(page: Page, recorded: str) -> None:
    """Zoom of 200 % on a laptop is half of its screen in CSS pixels."""
    page.set_viewport_size({"width": 683, "height": 384})
    open_page(page, "lesson after a run", recorded, "en")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Run", "Settings", "Follow", "Whole run", "Zoom in (+)", "Keys and help"):
        button = page.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 683, name
    for name in ("Program", "Questions", "Console", "Lanes", "Table"):
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.get_by_role("tabpanel", name=name, exact=True)).to_be_in_viewport()
