"""A program run again and again: what the histogram says is what the server recorded of each run."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import PATIENCE_S, Lab
from tests.browser.test_everyone import AXE
from tests.browser.test_lesson import ASKS, axe_violations, ended

PATIENCE_MS = PATIENCE_S * 1000
Until = Callable[..., Any]


def force(page: Page, workers: list[int | None]) -> list[str]:
    """Have real runs differ as the test wants: so many workers each; None: the server says that it is full."""
    ids: list[str] = []

    def start(route: Route) -> None:
        count = workers.pop(0)
        if count is None:
            route.fulfill(status=429, content_type="application/problem+json", body='{"detail": "full"}')
            return
        body = json.loads(route.request.post_data or "")
        body["params"]["WORKERS"] = count
        answer = route.fetch(post_data=json.dumps(body))
        ids.append(answer.json()["id"])
        route.fulfill(response=answer)

    page.route(lambda url: url.split("?")[0].endswith("/api/runs"), start)
    return ids


def start(page: Page, times: str) -> None:
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("How often").select_option(label=times)
    page.get_by_role("button", name="Repeat").click()


def bars(table: Locator) -> dict[str, str]:
    names = table.get_by_role("rowheader").all_inner_texts()
    return dict(zip(names, table.locator(".histogram-count").all_inner_texts(), strict=True))


def test_outcomes_are_counted_and_each_opens_its_run(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    ids = force(page, [2, 1, None, 2, 2, 1])
    start(page, "5 times")
    state = page.locator("#repeat .repeat-state")
    expect(state).to_contain_text("The server is busy", timeout=PATIENCE_MS)
    expect(state).to_contain_text("All 5 runs", timeout=PATIENCE_MS)
    assert page.evaluate("__lab.run()") == "", "none of them was drawn"
    recorded = [lab.get(f"/api/runs/{run_id}/outcomes").json() for run_id in ids]

    threads = page.get_by_role("table", name="How many threads does the program start?")
    assert bars(threads) == {"2": "3 runs · 60 %", "1": "2 runs · 40 %"}
    printed = Counter(each["output"].replace("\n", " ⏎ ") for each in recorded)
    counts = bars(page.get_by_role("table", name="What was printed"))
    assert {text: int(said.split()[0]) for text, said in counts.items()} == dict(printed)
    shortest = min(each["numbers"]["duration_ms"] for each in recorded)
    expect(page.locator(".repeat-durations")).to_contain_text(f"shortest {shortest:g} ms")
    expect(page.locator(".repeat-same")).to_contain_text("Exit code 0")
    tallies = page.evaluate("JSON.parse(localStorage.getItem('lab.tally.asks-everything'))")
    assert sum(sum(tally["counts"].values()) for tally in tallies.values()) == 5

    page.evaluate(AXE)
    assert axe_violations(page) == []
    one = threads.get_by_role("button", name="1", exact=True)
    for run_id in (ids[1], ids[4], ids[1]):
        one.click()
        until(f"__lab.run() === '{run_id}'")
        ended(page)
        assert page.evaluate("__lab.fold()") == lab.fold(run_id)
        assert page.url.endswith(f"#run={run_id}")
    page.get_by_text("All 5 runs, each with its address").click()
    links = page.locator(".repeat-runs tbody a")
    expect(links).to_have_count(5)
    assert [link.get_attribute("href") for link in links.all()] == [f"/runs/{run_id}" for run_id in ids]


def test_cancelled_it_ends_the_run_that_goes_on(page: Page, lab: Lab, until: Until) -> None:
    page.goto(f"{ASKS}?lang=en")
    page.locator("#param-PAUSE_SECONDS").fill("1")
    ids = force(page, [8] * 20)
    start(page, "20 times")
    until("document.querySelector('.repeat-form progress').hidden === false")
    while not ids:
        page.wait_for_timeout(20)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#repeat .repeat-state")).to_contain_text("Cancelled after 0 of 20 runs", timeout=PATIENCE_MS)
    assert [lab.run(run_id)["status"] for run_id in ids] == ["stopped"]
