"""What the page shows of a run is what the server recorded of it, and what Python's fold makes of that."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from concurrency_lab.lessons.catalogue import load_catalogue
from tests.browser.conftest import HOSTILE, PATIENCE_S, Lab

CATALOGUE = load_catalogue()
# One of each kind: processes, a pool, pipes, threads, one that hangs, several programs, tasks, programs apart.
SAMPLED = (
    "fork-twice", "orphan", "pool-apply-async", "pipe", "condition-buyer-seller", "event-ten-threads", "deadlock",
    "queue-producer-consumer", "process-daemon", "event-loop", "distributed-master-worker",
)  # fmt: skip
LOST = (
    "The connection to the server was lost; trying again. The run goes on there, and all that it tells meanwhile is "
    "fetched then. If nothing happens: is the server still running?"
)
Until = Callable[..., Any]


def run_to_its_end(page: Page) -> str:
    """Press Run, wait for the end, return the run's id."""
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    return str(page.evaluate("__lab.run()"))


def console_text(page: Page) -> str:
    page.get_by_role("tab", name="Console").click()
    return "".join(page.locator(".console-text").all_text_contents())


def printed(fold: dict[str, Any]) -> str:
    return "".join(text for _, _, _, text in fold["output"]).replace("\n", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "slug" in metafunc.fixturenames:
        every = [lesson.slug for lesson in CATALOGUE.lessons]
        metafunc.parametrize("slug", every if metafunc.config.getoption("every_lesson") else SAMPLED)


def test_the_page_shows_the_recorded_trace(page: Page, lab: Lab, slug: str) -> None:
    lesson = CATALOGUE.get(slug)
    assert lesson is not None
    page.goto(f"/lessons/{slug}?lang=en")
    run_id = run_to_its_end(page)
    recorded = lab.fold(run_id)
    assert page.evaluate("__lab.fold()") == recorded
    assert page.evaluate("__lab.lastSeq()") == lab.run(run_id)["events"] - 1
    # Several programs are drawn one below the other: the rows of each have its number.
    mine = f"{page.evaluate('__lab.front()')}:" if len(lesson.variants) > 1 else ""
    keys = [lane["key"] for lane in page.evaluate("__lab.layout().lanes")]
    shown = {key.removeprefix(mine) for key in keys if key.startswith(mine)}
    assert shown == {lane["key"] for lane in recorded["lanes"] if not lane["internal"]}
    assert recorded["output"], "the lesson prints something"
    assert console_text(page) == printed(recorded)
    said = "Finished after" if lab.run(run_id)["status"] == "finished" else "Ended by a limit"
    expect(page.locator("#status-text")).to_contain_text("have ended" if mine else said)
    # The same run later, from its own address.
    page.goto(f"/runs/{run_id}")
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended")
    assert page.evaluate("__lab.fold()") == recorded


def test_the_table_says_the_same_as_the_canvas(page: Page) -> None:
    page.goto("/lessons/queue-producer-consumer?lang=en")
    run_to_its_end(page)
    page.keyboard.press("t")
    words = page.request.get("/static/i18n/en.json").json()
    for lane in page.evaluate("__lab.layout().lanes"):
        page.locator(".table-choice select").select_option(lane["key"])
        listed: list[list[str]] = []
        while True:
            listed += page.evaluate(
                """[...document.querySelector('.spans-table').tBodies[0].rows]
                    .map(row => [...row.cells].map(cell => cell.textContent))"""
            )
            if page.get_by_role("button", name="Next", exact=True).is_disabled():
                break
            page.get_by_role("button", name="Next", exact=True).click()
        spans = page.evaluate("key => __lab.spans(key)", lane["key"])
        assert [[row[0], row[1], *row[3:5], row[6], row[7]] for row in listed] == [
            [
                lane["label"],
                words[f"look.{span['look']}"],
                f"{span['fromNs'] / 1e9:.3f}",
                "" if span["toNs"] is None else f"{span['toNs'] / 1e9:.3f}",
                str(span["line"] or ""),
                words[f"table.by_{span['source']}"],
            ]
            for span in spans
        ]


def test_stop_ends_the_run_and_says_so(page: Page, lab: Lab, until: Until) -> None:
    page.goto("/lessons/fork-twice?lang=en")
    page.locator("#param-CHILD_SECONDS").fill("3")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run", exact=True).click()
    stop = page.get_by_role("button", name="Stop", exact=True)
    stop.click()
    expect(page.locator("#status-text")).to_contain_text("Stopped after", timeout=PATIENCE_S * 1000)
    assert lab.run(until("__lab.run()"))["status"] == "stopped"
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_a_lost_connection_loses_and_repeats_nothing(page: Page, lab: Lab, until: Until) -> None:
    connections: list[WebSocketRoute] = []
    reachable = True

    def connect(route: WebSocketRoute) -> None:
        if not reachable:
            route.close()
            return
        route.connect_to_server()
        connections.append(route)

    page.route_web_socket("**/socket.io/**", connect)
    page.goto("/lessons/fork-twice?lang=en")
    page.locator("#param-CHILD_SECONDS").fill("3")
    page.get_by_role("button", name="Run", exact=True).click()
    for cuts in (1, 2):
        until("__lab.lastSeq() >= 0 && __lab.link() === 'on'")
        reachable = False
        connections[-1].close()
        until("__lab.link() !== 'on'")
        expect(page.locator("#link")).to_contain_text("Connection lost")
        # By the second time the program may have ended.
        if cuts == 1:
            expect(page.locator("#status-text")).to_have_text(LOST)
        reachable = True
        until("__lab.link() === 'on'")
        expect(page.locator("#status-text")).not_to_have_text(LOST)
        assert len(connections) == cuts + 1
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
    run_id = page.evaluate("__lab.run()")
    assert page.evaluate("__lab.fold()") == lab.fold(run_id)
    assert page.evaluate("__lab.events()") == lab.run(run_id)["events"]
    # Nothing answers a Run, either; as soon as the server is heard of again, nobody says so any more.
    page.route("**/api/runs?*", lambda route: route.abort())
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#status-text")).to_contain_text("does not answer")
    connections[-1].close()
    until("__lab.link() === 'on'")
    expect(page.locator("#status-text")).not_to_contain_text("does not answer")


def test_a_reload_comes_back_to_the_run(page: Page, lab: Lab) -> None:
    page.goto("/lessons/event-ten-threads?lang=en")
    run_id = run_to_its_end(page)
    page.reload()
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended")
    assert page.evaluate("__lab.run()") == run_id
    assert page.evaluate("__lab.fold()") == lab.fold(run_id)


def expect_everywhere(page: Page, until: Until, run_id: str, shown: str) -> None:
    """See that a run's one text stands so in every part of its page that shows it."""
    page.goto(f"/runs/{run_id}?lang=en")
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended")
    expect(page.locator("#status-text")).to_contain_text(shown)
    assert page.locator(".console-text").all_text_contents() == [shown, shown]
    until("__lab.layout().lanes.length === 1")
    page.locator("#timeline canvas").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#details")).to_contain_text(shown)
    page.keyboard.press("t")
    expect(page.locator(".spans-table")).to_contain_text(shown)


def test_texts_of_a_program_are_never_markup(page: Page, until: Until) -> None:
    expect_everywhere(page, until, "hostile", HOSTILE)
    assert page.locator("img").count() == 0
    assert page.title() != "hacked"


def test_marks_in_texts_of_a_program_are_written_out(page: Page, until: Until) -> None:
    expect_everywhere(page, until, "unruly", "\\x1b[31mred\\x00 \\u202egnp.exe \\ud800.")
    text: str = page.evaluate("document.body.innerText")
    assert not set(text) & {"\x00", "\x1b", "\u202e", "\ufffd"}


def test_a_run_that_does_not_exist_has_a_page_that_says_so(page: Page, lab: Lab) -> None:
    assert lab.get("/runs/nosuchrun?lang=en").status_code == 404
    page.goto("/?lang=en")
    page.evaluate("fetch('/healthz')")
    assert "nosuchrun" in lab.get("/runs/nosuchrun?lang=en").text
