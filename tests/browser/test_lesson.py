"""What a lesson asks and shows around its runs: predictions, moments, tries, variants side by side."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE_S, Lab
from tests.browser.test_everyone import AXE
from tests.browser.test_runs import run_to_its_end

ASKS = "/lessons/asks-everything"
THREE = "/lessons/three-ways"
Until = Callable[..., Any]


def ended(page: Page) -> None:
    expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)


def card(page: Page, question: str) -> Locator:
    """Return a question as it stands in its panel."""
    return page.locator(f'#questions [data-question="{question}"]')


def outcomes_known(until: Until, runs: int = 1) -> list[dict[str, Any]]:
    until(f"__lab.runs().filter(run => run.outcomes).length === {runs}")
    known: list[dict[str, Any]] = until("__lab.runs()")
    return known


def test_a_prediction_is_graded_by_what_the_run_came_to(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    predict = page.locator("#predict")
    expect(predict).to_contain_text("How many threads does the program start?")
    predict.get_by_role("textbox").fill("2")
    predict.get_by_role("button", name="Next").click()
    predict.get_by_role("radio", name="worker 1").check()
    predict.get_by_role("button", name="Run and see").click()
    ended(page)
    expect(card(page, "lanes")).to_have_attribute("data-verdict", "right")
    expect(card(page, "last")).to_have_attribute("data-verdict", "wrong")
    expect(card(page, "last").locator("dd")).to_have_text(["worker 1", "all 2 done"])
    expect(card(page, "last")).to_contain_text("The main thread prints it after both joins.")
    expect(page.locator("#score")).to_have_text("1 of 2 predictions right")
    # Each proof is shown where the trace has it.
    (run,) = outcomes_known(until)
    events = {event["seq"]: event for event in trace(lab, run["id"])}
    for seq in run["outcomes"]["answers"]["lanes"]["seqs"]:
        card(page, "lanes").locator(".show-me").click()
        assert page.evaluate("__lab.cursorNs()") == events[seq]["ts_ns"]
        assert page.evaluate("__lab.selected()") == lane_of(page, events[seq])


def trace(lab: Lab, run_id: str) -> list[dict[str, Any]]:
    lines = lab.get(f"/api/runs/{run_id}/trace").text.splitlines()[1:]
    return [json.loads(line) for line in lines]


def lane_of(page: Page, event: dict[str, Any]) -> str:
    lanes = page.evaluate("__lab.lanes()")
    return next(str(lane["key"]) for lane in lanes if (lane["pid"], lane["tid"]) == (event["pid"], event["tid"]))


def test_who_did_not_answer_may_do_so_afterwards_or_just_look(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    run_to_its_end(page)
    outcomes_known(until)
    expect(page.locator("#panel-questions")).to_be_hidden()
    page.get_by_role("tab", name="Questions").click()
    late = card(page, "one-holder")
    expect(late.get_by_role("button", name="Check my answer")).to_be_disabled()
    late.get_by_label("No").check()
    expect(late).to_have_attribute("data-verdict", "late")
    late.get_by_role("button", name="Check my answer").click()
    expect(late).to_have_attribute("data-verdict", "right")
    card(page, "last").get_by_role("button", name="Just show me").click()
    expect(card(page, "last")).to_have_attribute("data-verdict", "shown")
    expect(card(page, "last").locator("dd")).to_have_text(["all 2 done"])
    # Done once every question was answered or looked at.
    assert page.evaluate("localStorage.getItem('lab.done')") is None
    for question in ("lanes", "first"):
        card(page, question).get_by_role("button", name="Just show me").click()
    card(page, "more-lines").get_by_role("textbox").fill("4")
    assert "asks-everything" in page.evaluate("JSON.parse(localStorage.getItem('lab.done'))")


def test_a_question_about_another_case_is_graded_when_that_was_run(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    run_to_its_end(page)
    outcomes_known(until)
    page.get_by_role("tab", name="Questions").click()
    other = card(page, "more-lines")
    expect(other).to_have_attribute("data-verdict", "elsewhere")
    other.get_by_role("textbox").fill("4")
    other.get_by_role("button", name="Run “Four workers”").click()
    expect(other).to_have_attribute("data-verdict", "right", timeout=PATIENCE_S * 1000)
    assert [run["caseId"] for run in page.evaluate("__lab.runs()")] == ["more"]


def test_the_outcomes_of_each_run_are_tallied_once(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    for runs in (1, 2):
        run_to_its_end(page)
        outcomes_known(until)
        page.get_by_role("tab", name="Questions").click()
        card(page, "first").get_by_role("button", name="Just show me").click()
        assert tallied(page) == runs
    page.reload()
    ended(page)
    outcomes_known(until)
    page.get_by_role("tab", name="Questions").click()
    card(page, "first").get_by_role("button", name="Just show me").click()
    assert tallied(page) == 2


def tallied(page: Page) -> int:
    return sum(int(text.split()[0]) for text in card(page, "first").locator(".tally-count").all_text_contents())


def test_a_moment_moves_the_cursor_or_says_why_it_cannot(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    taken = page.get_by_role("button", name="the second one taking it")
    expect(taken).to_have_attribute("aria-disabled", "true")
    # By force: Playwright waits for what aria-disabled says; a reader does not.
    taken.click(force=True)
    expect(page.locator(".prose-reason")).to_have_text("Run the program first.")
    run_to_its_end(page)
    (run,) = outcomes_known(until)
    page.get_by_role("tab", name="Lesson").click()
    taken.click()
    moment = run["outcomes"]["moments"]["taken"]
    assert page.evaluate("__lab.cursorNs()") == moment["ts_ns"]
    assert page.evaluate("__lab.selected()") == moment["lane"]
    page.get_by_role("button", name="a signal").click(force=True)
    expect(page.locator(".prose-reason")).to_have_text("This did not happen in the run on the screen.")
    assert page.evaluate("__lab.cursorNs()") == moment["ts_ns"]
    # Another language has the same buttons, and they point at the same run.
    page.get_by_role("link", name="中文").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="后一个拿到锁").click()
    assert page.evaluate("__lab.cursorNs()") == moment["ts_ns"]


def test_a_try_shows_what_it_changes_runs_it_and_there_is_a_way_back(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    first = run_to_its_end(page)
    page.get_by_role("tab", name="Lesson").click()
    page.get_by_role("button", name="Four workers").click()
    until(f"__lab.run() !== '{first}'")
    ended(page)
    outcomes_known(until)
    second = page.evaluate("__lab.run()")
    assert lab.run(second)["case"] == "more"
    expect(page.locator("#param-WORKERS")).to_have_value("4")
    expect(page.locator("#case-title")).to_have_text("On the screen: Four workers")
    page.get_by_role("tab", name="Program").click()
    expect(page.locator(".code-line.changed .code-text")).to_have_text(["WORKERS = 4"])
    expect(page.locator(".code-line.removed .code-text")).to_have_text(["WORKERS = 2"])
    page.get_by_role("tab", name="Lesson").click()
    page.get_by_role("button", name="No lock at all").click()
    until(f"__lab.run() !== '{second}'")
    ended(page)
    page.get_by_role("tab", name="Program").click()
    expect(page.locator(".code-line.removed .code-text")).to_have_text(["    with lock:"])
    page.get_by_role("button", name="Back to the original").click()
    until(f"__lab.run() === '{first}'")
    ended(page)
    expect(page.locator("#case")).to_be_hidden()
    expect(page.locator("#param-WORKERS")).to_have_value("2")
    expect(page.locator(".code-line.changed")).to_have_count(0)


def test_variants_run_one_after_the_other_into_one_picture(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{THREE}?lang=en")
    page.get_by_role("button", name="Run", exact=True).click()
    # Not expect: it looks once a second at last, and may miss what lasts half of one.
    until("document.querySelector('#status-text').textContent.includes('2 of 3: in threads')")
    ended(page)
    runs = outcomes_known(until, 3)
    assert [run["caseId"] for run in runs] == ["serial", "threads", "short"]
    stored = [lab.run(run["id"]) for run in runs]
    for before, after in itertools.pairwise(stored):
        assert before["ended_at"] <= after["started_at"], "never two at once"
    groups = page.evaluate("__lab.layout().groups")
    assert [(group["title"], group["lanes"]) for group in groups] == [
        ("one after the other", 1),
        ("in threads", 4),
        ("short naps", 1),
    ]
    # The panels speak of one of them: program, console and lanes change together.
    page.locator("#panel-source").get_by_role("button", name="in threads").click()
    expect(page.locator("#source")).to_contain_text("import threading")
    page.get_by_role("tab", name="Console").click()
    expect(page.locator(".console-text")).to_have_text(["slept in threads"])
    expect(page.locator("#lanes .lanes-table").first.locator("tbody tr")).to_have_count(4)
    # A reload comes back to the same picture.
    before_reload = page.evaluate("[__lab.layout().lanes, __lab.layout().groups]")
    page.reload()
    ended(page)
    assert page.evaluate("[__lab.layout().lanes, __lab.layout().groups]") == before_reload
    assert [run["id"] for run in outcomes_known(until, 3)] == [run["id"] for run in runs]


def test_the_differences_are_the_servers_numbers_and_the_best_is_marked(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{THREE}?lang=en")
    page.locator("#predict").get_by_label("short naps").check()
    page.get_by_role("button", name="Run", exact=True).click()
    ended(page)
    runs = outcomes_known(until, 3)
    expect(card(page, "quickest")).to_have_attribute("data-verdict", "right")
    expect(card(page, "threads")).to_have_attribute("data-verdict", "late")
    table = page.get_by_role("table", name="The programs in numbers")
    expect(table.locator("thead th")).to_have_text(["one after the other", "in threads", "short naps"])
    numbers = [lab.get(f"/api/runs/{run['id']}/outcomes").json()["numbers"] for run in runs]
    expect(row_of(table, "Threads")).to_have_text([str(number["threads"]) for number in numbers])
    expect(row_of(table, "Last line printed")).to_have_text([number["printed"] for number in numbers])
    expect(row_of(table, "Duration").nth(2)).to_have_class("number best")
    # The moment is of the threads' run: it comes to the front.
    page.get_by_role("tab", name="Lesson").click()
    page.get_by_role("button", name="the last thread").click()
    moment = runs[1]["outcomes"]["moments"]["started"]
    assert page.evaluate("[__lab.front(), __lab.cursorNs(), __lab.selected()]") == [
        1,
        moment["ts_ns"],
        f"1:{moment['lane']}",
    ]


def row_of(table: Locator, name: str) -> Locator:
    return table.get_by_role("row").filter(has=table.page.get_by_role("rowheader", name=name, exact=True)).locator("td")


def test_stop_stops_what_is_going_and_what_was_to_come(page: Page, until: Until) -> None:
    page.goto(f"{THREE}?lang=en")
    page.locator("#param-NAP_SECONDS").fill("3")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    ended(page)
    runs = page.evaluate("__lab.runs()")
    assert [bool(run["id"]) for run in runs] == [True, False, False]
    assert runs[0]["end"]["status"] == "stopped"
    notes = [group["note"] for group in page.evaluate("__lab.layout().groups")]
    assert notes[1:] == ["not started yet", "not started yet"]


def test_a_lesson_works_where_the_browser_keeps_nothing(page: Page, until: Until) -> None:
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});"""
    )
    page.goto(f"{ASKS}?lang=en")
    page.locator("#predict").get_by_role("textbox").fill("2")
    run_to_its_end(page)
    outcomes_known(until)
    expect(card(page, "lanes")).to_have_attribute("data-verdict", "right")
    card(page, "first").get_by_role("button", name="Just show me").click()
    assert tallied(page) == 1


def test_all_of_it_goes_by_keyboard(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    page.locator("#predict").get_by_role("textbox").focus()
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    expect(page.locator("#predict").get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#predict input:visible").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#predict").get_by_role("radio", name="worker 1")).to_be_checked()
    page.keyboard.press("Escape")
    page.locator("#run").focus()
    page.keyboard.press("Enter")
    ended(page)
    outcomes_known(until)
    proof = card(page, "last").locator(".show-me")
    proof.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("__lab.cursorNs()") is not None
    expect(proof).to_be_focused()


def test_a_reload_and_a_recorded_run_know_which_case_they_show(page: Page, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    page.get_by_role("button", name="Four workers").click()
    ended(page)
    run_id = page.evaluate("__lab.run()")
    page.reload()
    ended(page)
    expect(page.locator("#case-title")).to_have_text("On the screen: Four workers")
    expect(page.locator("#param-WORKERS")).to_have_value("4")
    page.get_by_role("button", name="Back to the original").click()
    expect(page.locator("#predict")).to_be_visible()
    expect(page.locator("#param-WORKERS")).to_have_value("2")
    page.goto(f"/runs/{run_id}")
    ended(page)
    expect(page.locator("#case")).to_have_text("On the screen: Four workers")
    outcomes_known(until)
    page.get_by_role("tab", name="Lesson").click()
    page.get_by_role("button", name="the second one taking it").click()
    assert page.evaluate("__lab.cursorNs()") is not None
    expect(page.get_by_role("button", name="Four workers")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_axe_finds_nothing_in_questions_asked_and_answered(page: Page, until: Until, theme: str) -> None:
    page.goto(f"{ASKS}?lang=en&theme={theme}")
    page.evaluate(AXE)
    assert axe_violations(page) == []
    page.locator("#predict").get_by_role("textbox").fill("3")
    run_to_its_end(page)
    outcomes_known(until)
    expect(card(page, "lanes")).to_have_attribute("data-verdict", "wrong")
    card(page, "first").get_by_role("button", name="Just show me").click()
    assert axe_violations(page) == []
    page.get_by_role("tab", name="Lesson").click()
    assert axe_violations(page) == []


def axe_violations(page: Page) -> list[Any]:
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (640, 480), (390, 800)])
def test_nothing_is_wider_than_the_screen(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    too_wide = "document.documentElement.scrollWidth - innerWidth"
    for theme, lang in (("light", "en"), ("projector", "zh")):
        page.goto(f"{ASKS}?lang={lang}&theme={theme}")
        assert page.evaluate(too_wide) <= 0
        invitation = page.locator("#predict").bounding_box()
        assert invitation is not None
        assert invitation["x"] >= 0
        page.goto(f"{THREE}?lang={lang}&theme={theme}")
        page.locator("#run").click()
        ended(page)
        assert page.evaluate(too_wide) <= 0
