"""Two servers and two workers of one lab: asked at one, led by another, seen at a third, whatever breaks."""

import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from concurrency_lab.store.postgres import PostgresStore
from tests.machines.backends import Redis
from tests.machines.machines import Lab, WorkerProcess
from tests.machines.nginx import missing, nginx_before
from tests.machines.test_parts import line
from tests.web.lab_server import PATIENCE_S, ROOT, LabServer, wait_until
from tests.web.made_stream import HEADER
from tests.web.watcher import Collector, Watcher

# Whichever test is first has Redis, PostgreSQL, two servers and workers started for it: 10 s on an idle machine, and
# over 60, which is the usual end of a test, with six busy programs on its two cores.
pytestmark = pytest.mark.timeout(180)

ENDLESS = {"lines": 500_000, "per_second": 1000}


@pytest.fixture(scope="module")
def a(lab: Lab) -> LabServer:
    return lab.server("eventlet", MAX_RUNS_PER_VIEWER=2, MAX_WAITING_PER_VIEWER=1)


@pytest.fixture(scope="module")
def b(lab: Lab, a: LabServer) -> LabServer:
    return lab.server("threading")


@pytest.fixture
def made(lab: Lab) -> Iterator[WorkerProcess]:
    """A worker whose runs say as much, and as fast, as the test asks for."""
    worker = lab.worker(MADE_STREAMS=True, MAX_RUNS_PER_VIEWER=2)
    yield worker
    if worker.process.poll() is None:
        assert worker.end() == 0


def jobs(lab: Lab) -> dict[str, str | None]:
    """Return which worker leads which run; None: it waits."""
    with psycopg.connect(lab.store.url) as connection:
        return dict(connection.execute("SELECT run_id, worker FROM jobs").fetchall())


def watch(server: LabServer, run_id: str, **options: Any) -> Collector:
    collector = Collector(server.url, server.token, run_id, **options)
    collector.start()
    assert collector.joined.wait(PATIENCE_S), collector.failure
    return collector


def check_whole(seen: list[dict[str, Any]]) -> None:
    assert [event["seq"] for event in seen] == list(range(len(seen)))
    assert seen[-1]["kind"] == "run.ended"


def test_asked_at_one_server_led_by_the_second_worker_watched_at_the_other(
    lab: Lab, a: LabServer, b: LabServer
) -> None:
    first = lab.worker(places=1)
    busy = a.start("steady")
    wait_until(lambda: jobs(lab)[busy] == first.id, "the first worker has no place left")
    wait_until(lambda: b.health()["runs"] == 1, "the other server knows of it")
    asked = a.start("hello", lines=2000)
    watchers = [watch(b, asked, packed=True), watch(b, asked, leave_after=[3, 9]), watch(a, asked)]
    assert jobs(lab)[asked] is None
    assert a.run(asked)["state"] == b.run(asked)["state"] == "queued"
    second = lab.worker(places=1)
    wait_until(lambda: jobs(lab).get(asked, second.id) == second.id, "the second worker takes it")
    for watcher in watchers:
        check_whole(watcher.result())
    assert watchers[0].messages["queued"] >= 1
    assert watchers[0].messages["began"] == 1
    assert watchers[0].messages["packed"] >= 1
    assert watchers[0].events == watchers[1].events == watchers[2].events
    assert len(b.trace(asked)) == len(watchers[0].events) + 1
    # Its viewer is known everywhere: a token of one server is one of the other.
    answer = requests.delete(f"{b.url}/api/runs/{busy}", headers={"X-Lab-Token": b.token}, timeout=PATIENCE_S)
    assert answer.status_code == 403
    answer = requests.delete(f"{b.url}/api/runs/{busy}", headers={"X-Lab-Token": a.token}, timeout=PATIENCE_S)
    assert answer.status_code == 202
    assert a.wait_ended(busy)["status"] == "stopped"
    assert first.end() == second.end() == 0
    assert not [*lab.folder.glob("**/*.sqlite")]


def test_a_page_that_comes_before_a_slow_run_has_a_header_is_told_of_it(lab: Lab, a: LabServer, b: LabServer) -> None:
    with contextlib.closing(PostgresStore(lab.store.url)) as store:
        store.create_run("slow", "program.py", {})
        # They are answered without a header after a while: a page shows something rather than nothing.
        with ThreadPoolExecutor(2) as pool:
            early = list(pool.map(watch, (a, b), ("slow", "slow")))
        assert store.get("slow").header is None
        store.set_header("slow", {**HEADER, "run": "slow"})
        store.append("slow", 0, [line(0), line(1, kind="run.ended", status="finished")], 1)
        store.end_run("slow", "finished")
    for collector in early:
        check_whole(collector.result())
        assert collector.messages["began"] == 1


def test_a_killed_worker_loses_no_stored_event_and_frees_the_quota(lab: Lab, a: LabServer, b: LabServer) -> None:
    worker = lab.worker(places=4, MAX_RUNS_PER_VIEWER=2)
    runs = [a.start("steady"), a.start("steady")]
    wait_until(lambda: list(jobs(lab).values()) == [worker.id] * 2, "both go on")
    collector = watch(b, runs[0])
    wait_until(lambda: any(event["kind"] == "output.written" for event in collector.events), "it has printed")
    seen = len(collector.events)
    waits = a.start("hello")
    refused = a.post("hello")
    assert (refused.status_code, refused.json()["place"]) == (429, 1)
    worker.end(signal.SIGKILL)
    check_whole(collector.result())
    assert len(collector.events) > seen
    assert collector.ended is not None
    assert collector.ended["status"] == "interrupted"
    assert "The worker that led this run is gone" in collector.ended["text"]
    assert a.wait_ended(runs[1])["status"] == "interrupted"
    assert len(a.trace(runs[0])) == len(collector.events) + 1
    assert wait_until(lambda: "No worker" in str(a.health().get("problems")), "it says that no worker is there")
    another = lab.worker(places=1)
    assert a.wait_ended(waits)["status"] == "finished"
    assert a.wait_ended(a.start("hello"))["status"] == "finished"
    wait_until(lambda: jobs(lab) == {}, "nothing is left in the queue")
    assert another.end() == 0


@pytest.mark.parametrize(("breaks", "mends"), [(Redis.kill, Redis.start), (Redis.hang, Redis.go_on)])
def test_redis_ends_or_hangs_in_mid_run_and_is_back(
    lab: Lab,
    a: LabServer,
    b: LabServer,
    made: WorkerProcess,
    page: Page,
    breaks: Callable[[Redis], None],
    mends: Callable[[Redis], None],
) -> None:
    run_id = a.start("hello", **ENDLESS)
    page.goto(f"{a.url}/runs/{run_id}?lang=zh")
    words = json.loads((ROOT / "static/i18n/zh.json").read_text("utf-8"))
    link = page.locator("#link-text")
    expect(link).to_have_text(words["link.on"])
    collector = watch(b, run_id)
    aside = Watcher(a.url, a.token)
    assert "delayed" not in aside.ask("watch", {"run": run_id, "since": -1})
    wait_until(lambda: len(collector.events) > 200, "events come")
    breaks(lab.news)
    wait_until(lambda: collector.messages["delayed"] == 1, "the page is told")
    expect(link).to_have_text(words["link.delayed"])
    late = Watcher(b.url, b.token)
    assert late.ask("watch", {"run": run_id, "since": -1})["delayed"] is True
    before = len(collector.events)
    wait_until(lambda: len(collector.events) > before + 500, "events come from the store")
    # Asked for without Redis, a run begins all the same.
    assert a.wait_ended(b.start("hello", lines=5))["status"] == "finished"
    mends(lab.news)
    wait_until(lambda: collector.messages["delayed"] == 2, "the page is told that it is over")
    expect(link).to_have_text(words["link.on"])
    before = len(collector.events)
    wait_until(lambda: len(collector.events) > before + 200, "events come")
    assert a.stop(run_id) == 202
    check_whole(collector.result())
    assert len(b.trace(run_id)) == len(collector.events) + 1
    # The page has every event, too.
    wait_until(lambda: page.evaluate("window.__lab.events") == len(collector.events), "the page has all of it")
    for watcher in (aside, late):
        watcher.close()


def test_postgres_started_again_in_mid_run(lab: Lab, a: LabServer, b: LabServer, made: WorkerProcess) -> None:
    run_id = a.start("hello", **ENDLESS)
    collector = watch(b, run_id)
    wait_until(lambda: len(collector.events) > 200, "events come")
    lab.store.stop()
    answer = a.post("hello")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.json()["detail"]
    assert a.http.get(f"{a.url}/healthz", timeout=PATIENCE_S).status_code == 503
    before = len(collector.events)
    lab.store.start()
    wait_until(lambda: len(collector.events) > before + 200, "events come again")
    assert a.stop(run_id) == 202
    check_whole(collector.result())
    assert collector.ended is not None
    assert collector.ended["status"] == "stopped"
    assert len(a.trace(run_id)) == len(collector.events) + 1


def test_a_worker_that_is_ended_leads_its_runs_to_their_end(lab: Lab, a: LabServer, made: WorkerProcess) -> None:
    run_id = a.start("hello", lines=1500, per_second=1000)
    wait_until(lambda: jobs(lab).get(run_id) == made.id, "it has begun")
    assert made.end() == 0
    assert a.run(run_id)["status"] == "finished"


def test_behind_one_address_a_run_is_asked_for_here_watched_there_and_followed_when_that_ends(
    lab: Lab, made: WorkerProcess, browser: Browser, tmp_path: Path
) -> None:
    if missing():
        pytest.skip(f"NOT RUN: {' and '.join(missing())} not installed; python scripts/find_servers.py gets them")
    servers = [lab.server(way, arguments=[*lab.arguments, "--behind-proxy"]) for way in ("eventlet", "threading")]
    netlocs = [server.url.removeprefix("http://") for server in servers]
    complaints: list[str] = []
    with (
        nginx_before(tmp_path, *netlocs) as nginx,
        contextlib.closing(browser.new_context(ignore_https_errors=True)) as context,
    ):
        context.on("console", lambda message: complaints.append(message.text))
        page = context.new_page()
        page.goto(f"{nginx.url}/lessons/hello?lang=en")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
        ended = servers[0].run(page.evaluate("__lab.run()"))
        assert page.evaluate("__lab.events") == ended["events"]
        page.goto(f"{nginx.url}/")
        wait_until(lambda: any("/socket.io/" in request for _, request in nginx.asked()), "its WebSocket is over")
        asked = {request.split()[1].partition("?")[0]: server for server, request in nginx.asked()}
        # Who has the WebSocket has one connection more, so nginx sends the Run to the other one.
        assert {asked["/socket.io/"], asked["/api/runs"]} == set(netlocs)

        run_id = servers[0].start("hello", **ENDLESS)
        page.goto(f"{nginx.url}/runs/{run_id}?lang=en")
        wait_until(lambda: page.evaluate("__lab.events") > 200, "events come")
        first, second = sorted(servers, key=lambda server: -server.health()["watchers"])
        assert (first.health()["watchers"], second.health()["watchers"]) == (1, 0)
        assert first.end() == 0
        before = page.evaluate("__lab.events")
        wait_until(lambda: page.evaluate("__lab.events") > before + 500, "events come from the other server")
        assert second.http.delete(f"{second.url}/api/runs/{run_id}", headers={"X-Lab-Token": servers[0].token}).ok
        expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
        assert page.evaluate("__lab.events") == len(second.trace(run_id)) - 1
    assert complaints == []
    assert second.end() == 0
