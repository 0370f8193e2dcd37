"""Language, theme, parameters, keys and places: what a reader does with the page itself."""

import gzip
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_S, ROOT, Lab
from tests.browser.test_runs import run_to_its_end

TEXTS = ("/", "/glossary", "/primitives", "/primitives/threading.Condition", "/lessons/fork-twice/sheet")
PAGES = (*TEXTS, "/lessons/condition-buyer-seller", "/lessons/three-ways", "/runs/hostile")
Until = Callable[..., Any]


def first_pixel(page: Page) -> list[int]:
    """Return the colour of the canvas's top left corner."""
    # Read through a copy: the page's own canvas is made for drawing only.
    pixel: list[int] = page.evaluate(
        """() => {
            const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
            copy.drawImage(document.querySelector("#timeline canvas"), 0, 0);
            return [...copy.getImageData(0, 0, 1, 1).data.slice(0, 3)];
        }"""
    )
    return pixel


def test_another_language_keeps_the_run_the_cursor_and_the_viewport(page: Page, until: Until) -> None:
    page.goto("/lessons/event-ten-threads?lang=en")
    run_id = run_to_its_end(page)
    page.locator("#timeline canvas").click(position={"x": 400, "y": 60})
    page.get_by_role("button", name="Zoom in").click()
    before = {"cursor": until("__lab.cursorNs()"), "viewport": page.evaluate("__lab.layout().viewport")}
    page.get_by_role("link", name="中文").click()
    expect(page.locator("#run")).to_have_text("运行")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("tab", name="控制台")).to_be_visible()
    expect(page.locator("#status-text")).to_contain_text("退出码 0")
    assert page.evaluate("__lab.run()") == run_id
    after = {"cursor": page.evaluate("__lab.cursorNs()"), "viewport": page.evaluate("__lab.layout().viewport")}
    assert after == before
    # The choice holds for the next page, and back again.
    page.goto("/")
    expect(page.get_by_role("heading", name="课程", exact=True)).to_be_visible()
    page.get_by_role("link", name="English").click()
    # The server writes the whole catalogue for it: on a busy machine that takes its time.
    lessons = page.get_by_role("heading", name="Lessons", exact=True)
    expect(lessons).to_be_visible(timeout=PATIENCE_S * 1000)


def test_nothing_is_left_in_the_other_language(page: Page) -> None:
    words = page.request.get("/static/i18n/en.json").json()
    page.goto("/lessons/fork-twice?lang=en")
    run_to_its_end(page)
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.keyboard.press("?")
    texts = page.evaluate(
        """[...document.querySelectorAll('body *')].flatMap(e => [
            e.childElementCount ? '' : e.textContent.trim(), e.getAttribute('aria-label') ?? '', e.title ?? ''])"""
    )
    chinese = page.request.get("/static/i18n/zh.json").json()
    english = {text for key, text in words.items() if text != chinese[key] and key != "nav.language_other"}
    assert english.intersection(texts) == set()


def test_a_theme_changes_page_and_canvas_and_is_remembered(page: Page, until: Until) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/lessons/fork-twice?lang=en")
    dark = first_pixel(page)
    assert max(dark) < 64, "without a choice the desktop's is taken"
    with page.expect_response(lambda response: "theme=light" in response.url):
        page.get_by_role("button", name="Light").click()
    until("getComputedStyle(document.body).colorScheme === 'light'")
    until("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    assert min(first_pixel(page)) > 224
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.goto("/lessons/fork-twice")
    with page.expect_response(lambda response: "theme=projector" in response.url):
        page.keyboard.press("p")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "22px"


def test_a_wrong_parameter_is_said_beside_it_and_nothing_starts(page: Page) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    started: list[str] = []
    page.on("request", lambda request: started.append(request.url) if request.method == "POST" else None)
    field = page.locator("#param-CHILD_SECONDS")
    for wrong, sentence in (("99", "Choose from 0 to 3."), ("", "Type a number.")):
        field.fill(wrong)
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#param-CHILD_SECONDS-wrong")).to_have_text(sentence)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
    assert started == []
    field.fill("0.1")
    expect(page.locator("#param-CHILD_SECONDS-wrong")).to_be_hidden()
    run_to_its_end(page)
    assert len(started) == 1
    expect(page.locator("#source")).to_contain_text("CHILD_SECONDS = 0.1")


def test_what_the_server_finds_wrong_is_said_in_the_pages_language(page: Page, lab: Lab) -> None:
    page.goto("/lessons/fork-twice?lang=zh")

    def spoil(route: Any) -> None:
        route.continue_(post_data={"lesson": "fork-twice", "params": {"CHILD_SECONDS": 99}})

    page.route("**/api/runs?*", spoil)
    with page.expect_response("**/api/runs?*") as answer:
        page.locator("#run").click()
    problem = answer.value.json()
    expect(page.locator("#status-text")).to_have_text(problem["detail"])
    expect(page.locator("#param-CHILD_SECONDS-wrong")).to_have_text(problem["errors"][0]["detail"])
    expect(page.locator("#content")).to_have_attribute("data-phase", "idle")


def test_the_keys_of_trace_viewers(page: Page, until: Until) -> None:
    page.goto("/lessons/queue-producer-consumer?lang=en")
    page.keyboard.press("Space")
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    page.keyboard.press("f")

    def width() -> float:
        viewport = page.evaluate("__lab.layout().viewport")
        return float(viewport["toNs"] - viewport["fromNs"])

    whole = width()
    page.keyboard.press("w")
    assert width() < whole
    page.keyboard.press("s")
    page.keyboard.press("w")
    left = page.evaluate("__lab.layout().viewport.fromNs")
    page.keyboard.press("d")
    assert page.evaluate("__lab.layout().viewport.fromNs") > left
    page.keyboard.press("0")
    assert width() == pytest.approx(whole, rel=0.01)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#details")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#details")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.get_by_role("table", name="Spans of this run")).to_be_visible()
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_cursor_sets_program_and_lanes_to_that_instant(page: Page, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    run_to_its_end(page)
    plot = page.evaluate("__lab.layout().plot")
    lane = page.evaluate("__lab.layout().lanes[0]")
    page.locator("#timeline canvas").click(
        position={"x": plot["x"] + plot["width"] * 0.3, "y": lane["y"] + lane["height"] - 4}
    )
    ns = until("__lab.cursorNs()")
    expect(page.locator(".lanes-moment")).to_contain_text("At ")
    spans = page.evaluate("key => __lab.spans(key)", lane["key"])
    span = next(span for span in reversed(spans) if span["fromNs"] <= ns)
    state = page.request.get("/static/i18n/en.json").json()[f"look.{span['look']}"]
    expect(page.locator("#lanes .lanes-table").first.locator("tbody tr").first.locator("td").nth(1)).to_have_text(state)
    page.get_by_role("button", name="Let go").click()
    expect(page.locator(".lanes-moment")).to_contain_text("At the end")


def test_the_variables_are_those_of_the_cursor(page: Page, lab: Lab, until: Until) -> None:
    page.goto("/lessons/lock-balance?lang=en")
    run_to_its_end(page)
    page.get_by_role("tab", name="Variables").click()
    plot = page.evaluate("__lab.layout().plot")
    lane = page.evaluate("__lab.layout().lanes[1]")
    page.locator("#timeline canvas").click(position={"x": plot["x"] + plot["width"] * 0.4, "y": lane["y"] + 10})
    ns = until("__lab.cursorNs()")
    variables = lab.fold(page.evaluate("__lab.run()"))["variables"]
    changes = next(variable["changes"] for variable in variables if variable["name"] == "balance")
    then = [change for change in changes if change[0] <= ns][-1]
    balance = page.locator("#variables tr", has=page.get_by_role("cell", name="balance", exact=True)).locator("td")
    machine = next(each["label"] for each in page.evaluate("__lab.lanes()") if each["key"] == then[2])
    expect(balance).to_have_text(["balance", then[1], f"{machine}, line {then[4]}"])
    assert then[1] not in (changes[0][1], changes[-1][1])
    # Marked only where the cursor is at the very event.
    expect(page.locator("#variables .changed")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(balance.nth(1)).to_have_text("0")
    expect(page.locator(".variables-when")).to_have_text("At the end")


def test_nothing_moves_while_events_arrive(page: Page, until: Until) -> None:
    page.goto("/lessons/event-ten-threads?lang=en")
    page.get_by_role("tab", name="Program").click()
    places = """['#run', '#timeline-panel', '#dock-side', '#dock-below', '#dock-lanes', '#follow', '#source']
        .map(s => { const r = document.querySelector(s).getBoundingClientRect(); return [s, r.x, r.y, r.width] })
        .concat(document.querySelector('.code-text').getBoundingClientRect().x)"""
    before = page.evaluate(places)
    page.get_by_role("button", name="Run", exact=True).click()
    until("__lab.phase() === 'running'")
    assert page.evaluate(places) == before
    until("__lab.phase() === 'ended'")
    page.wait_for_timeout(150)
    assert page.evaluate(places) == before


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (640, 480), (390, 800)])
def test_every_screen_shows_everything(page: Page, until: Until, lang: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for path in PAGES:
        for theme in ("light", "projector"):
            page.goto(f"{path}?lang={lang}&theme={theme}")
            if path.startswith("/runs"):
                until("__lab.phase() === 'ended'")
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, f"{path} in {theme} is {overflow} px too wide"
    page.goto(f"/lessons/fork-twice?lang={lang}&theme=light")
    for control in ("#run", "#follow", "#zoom-in", "#language", "#help-open", "#legend"):
        box = page.locator(control).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width, control


def test_the_first_load_asks_nobody_else_and_rarely(page: Page, until: Until) -> None:
    hosts: Counter[str] = Counter()
    page.on("request", lambda request: hosts.update([urlsplit(request.url).netloc]))
    page.goto("/lessons/fork-twice?lang=en")
    until("__lab.link() === 'on'")
    page.wait_for_load_state("load")
    own = urlsplit(page.url).netloc
    assert set(hosts) - {""} == {own}
    # The page, its script, its style, its icon.
    assert hosts[own] <= 4


def test_the_first_load_is_small(lab: Lab) -> None:
    texts = [lab.get("/lessons/fork-twice").content]
    texts += [(ROOT / "static/build" / name).read_bytes() for name in ("main.js", "main.css")]
    assert sum(len(gzip.compress(text)) for text in texts) < 200_000
