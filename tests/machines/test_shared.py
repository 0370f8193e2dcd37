"""What several servers have in common besides runs that go on: counters, shared programs, the library of runs."""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from concurrency_lab.supervisor import jail
from tests.machines.machines import Lab, WorkerProcess
from tests.web.lab_server import PATIENCE_S, LabServer, wait_until
from tests.web.watcher import Collector

# As in test_machines.py: the first test has everything started for it.
pytestmark = pytest.mark.timeout(180)

SNIPPETS = 3
SETTINGS = {"PLAYGROUND": True, "RATES": {"snippets.viewer": f"{SNIPPETS}/hour"}, "MAX_KEPT_PER_VIEWER": 1}


@pytest.fixture(scope="module")
def a(lab: Lab) -> LabServer:
    return lab.server("eventlet", OWN_LAB=False, **SETTINGS)


@pytest.fixture(scope="module")
def b(lab: Lab, a: LabServer) -> LabServer:
    return lab.server("threading", OWN_LAB=False, **SETTINGS)


# -- counters ------------------------------------------------------------------------------------------------


def share(server: LabServer, viewer: LabServer) -> int:
    """Have somebody share a program at a server; return the status of the answer."""
    answer = requests.post(
        f"{server.url}/api/snippets",
        json={"code": "print(1)"},
        headers={"X-Lab-Token": viewer.token},
        timeout=PATIENCE_S,
    )
    assert answer.status_code in (201, 429), answer.text
    return answer.status_code


def share_all(server: LabServer, viewer: LabServer, times: int) -> list[int]:
    """The same for many requests at once."""
    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(lambda _: share(server, viewer), range(times)))


def is_counted_together(a: LabServer, b: LabServer) -> bool:
    """Say whether what is asked of one server counts at the other."""
    somebody = a.other()
    assert share_all(a, somebody, SNIPPETS) == [201] * SNIPPETS
    somebody.http.close()
    return share(b, somebody) == 429


def test_rates_are_counted_together_and_by_each_server_while_redis_hangs(lab: Lab, a: LabServer, b: LabServer) -> None:
    assert is_counted_together(a, b)
    somebody = a.other()
    lab.news.hang()
    try:
        # More at once than the server has threads for what blocks: were each to wait for Redis, all would wait long.
        allowed = [201] * SNIPPETS + [429] * (20 - SNIPPETS)
        assert share_all(a, somebody, 20) == allowed
        # Nor does anybody else wait for it.
        assert a.health()["status"] is not None
        assert share_all(b, somebody, 20) == allowed
    finally:
        lab.news.go_on()
    wait_until(lambda: is_counted_together(a, b), "the servers count together again")
    # The same where it is gone altogether, and comes back empty.
    lab.news.kill()
    other = a.other()
    assert share_all(a, other, 20) == share_all(b, other, 20) == allowed
    lab.news.start()
    wait_until(lambda: is_counted_together(a, b), "the servers count together again")
    for viewer in (somebody, other):
        viewer.http.close()


# -- code of one's own ----------------------------------------------------------------------------------------

# What would lead from a program to all runs and all that is secret, were it not in a jail: see docs/containment.md.
NOSY = """
import glob, os, socket
print("user", os.getuid() if os.getuid() < 64000 else "of its own")
for port in {ports}:
    try:
        print("reached", socket.create_connection(("127.0.0.1", port), timeout=5))
    except OSError as error:
        print("not reached")
seen = b""
for name in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
    try:
        seen += open(name, "rb").read()
    except PermissionError:
        pass
print("sees", len(glob.glob("/proc/[0-9]*")), "processes", b"postgresql:" in seen, b"redis:" in seen)
print("over there", os.path.exists({folder!r}))
"""


@contextlib.contextmanager
def working(lab: Lab, **options: Any) -> Iterator[None]:
    """Have a worker of this kind, and no other, while the block runs."""
    worker = lab.worker(**options)
    try:
        yield
    finally:
        assert worker.end() == 0


@pytest.fixture
def run_code(a: LabServer, b: LabServer) -> Iterator[Callable[[str], str]]:
    """Have code run that is asked for at one server, watch it at the other; give what it printed, and how it ended."""
    asking = a.other()

    def run(code: str) -> str:
        answer = asking.http.post(f"{a.url}/api/runs", json={"code": code}, timeout=PATIENCE_S)
        assert answer.status_code == 201, answer.text
        collector = Collector(b.url, b.token, answer.json()["id"])
        collector.start()
        events = collector.result()
        assert [event["seq"] for event in events] == list(range(len(events)))
        printed = "".join(event["text"] for event in events if event["kind"] == "output.written")
        return f"{printed}{events[-1]['status']} {events[-1].get('text', '')}"

    yield run
    asking.http.close()


def test_code_of_ones_own_runs_in_the_jail_of_a_worker_and_reaches_nothing_of_the_lab(
    lab: Lab, run_code: Callable[[str], str], tmp_path: Path
) -> None:
    found = jail.verdict(tmp_path)
    if not (found.jail_ok and found.uid_ok):
        pytest.skip("NOT RUN: no jail here: `python -m concurrency_lab doctor` says why")
    ports = [urlsplit(lab.news.url).port, urlsplit(lab.store.url).port]
    with working(lab, jail=tmp_path):
        said = run_code(NOSY.format(ports=ports, folder=str(lab.folder)))
    own = "of its own" if os.geteuid() == 0 else str(os.geteuid())
    lines = [f"user {own}", "not reached", "not reached", "sees 2 processes False False", "over there False"]
    assert said.splitlines() == [*lines, "finished "]


def test_a_worker_without_a_jail_runs_nobodys_code(lab: Lab, run_code: Callable[[str], str]) -> None:
    with working(lab):
        assert run_code("print(1)").startswith("failed The worker that took this run cannot jail it")


# -- the library -----------------------------------------------------------------------------------------------


class Reader:
    """Somebody with a browser, who reaches one server or the other, as the balancer likes."""

    def __init__(self, server: LabServer) -> None:
        self.http = server.other().http

    def ask(self, server: LabServer, method: str, path: str = "", **options: Any) -> requests.Response:
        return self.http.request(method, f"{server.url}/api/runs{path}", timeout=PATIENCE_S, **options)

    def listed(self, server: LabServer, **query: Any) -> list[dict[str, Any]]:
        answer = self.ask(server, "GET", params={"lang": "en", **query})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["runs"]
        return found

    def ids(self, server: LabServer, **query: Any) -> list[str]:
        return [run["id"] for run in self.listed(server, **query)]

    def change(self, server: LabServer, run_id: str, **changes: Any) -> int:
        return self.ask(server, "PATCH", f"/{run_id}", json=changes).status_code

    def remove(self, server: LabServer, run_id: str) -> int:
        return self.ask(server, "DELETE", f"/{run_id}/record").status_code

    def ran(self, server: LabServer, lesson: str = "hello") -> str:
        run_id = str(self.ask(server, "POST", json={"lesson": lesson, "params": {}}).json()["id"])
        server.wait_ended(run_id)
        return run_id


@pytest.fixture(scope="module")
def worker(lab: Lab) -> WorkerProcess:
    return lab.worker()


@pytest.fixture
def reader(a: LabServer, worker: WorkerProcess) -> Iterator[Reader]:
    reader = Reader(a)
    yield reader
    reader.http.close()


def test_the_library_is_the_same_at_every_server(a: LabServer, b: LabServer, reader: Reader) -> None:
    first, second = reader.ran(a), reader.ran(b)
    assert reader.ids(a) == reader.ids(b) == [second, first]
    wait_until(lambda: reader.listed(b)[1]["findings"] == [], "some server has read its trace")
    assert reader.listed(b)[1]["end"] == {"exit_code": 0}
    assert reader.change(b, first, name="Tuesday's 100% run") == 200
    for query in ({"q": "tuesday 100%"}, {"q": "FINISHED tues"}, {"q": "课程 tuesday", "lesson": "hello"}):
        assert reader.ids(a, **query) == [first], query
    assert reader.ids(a, q="deadlock") == reader.ids(b, lesson="-") == reader.ids(a, q="100_") == []
    assert [reader.ids(server, per_page=1, page=2) for server in (a, b)] == [[first]] * 2
    assert reader.change(a, first, kept=True) == 200
    assert reader.ids(b, kept=1) == [first]
    assert (reader.change(b, second, kept=True), reader.change(b, first, kept=False)) == (409, 200)
    stranger = Reader(b)
    assert (stranger.ids(a), stranger.change(a, first, name="x"), stranger.remove(b, first)) == ([], 403, 403)
    stranger.http.close()
    # Deleted twice at the same moment, once at each: gone, and nobody meets an error.
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: reader.remove((a, b)[number % 2], second), range(8)))
    assert set(told) <= {204, 404}
    assert 204 in told
    assert reader.ids(a) == reader.ids(b) == [first]
    for server in (a, b):
        page = reader.http.get(f"{server.url}/runs/{second}?lang=en", timeout=PATIENCE_S)
        assert (page.status_code, "was removed" in page.text) == (404, True)


@pytest.mark.parametrize(
    ("table", "mode", "method", "path", "status"),
    [
        ("removed", "ACCESS EXCLUSIVE", "GET", "", 200),
        ("runs", "EXCLUSIVE", "PATCH", "/{}", 200),
        ("removed", "EXCLUSIVE", "DELETE", "/{}/record", 204),
    ],
)
def test_who_waits_for_the_database_waits_alone(
    lab: Lab, a: LabServer, reader: Reader, table: str, mode: str, method: str, path: str, status: int
) -> None:
    run_id = reader.ran(a)
    wait_until(lambda: reader.listed(a)[0]["findings"] == [], "its trace has been read")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with psycopg.connect(lab.store.url) as held, psycopg.connect(lab.store.url, autocommit=True) as looking:
        held.execute(f"LOCK TABLE {table} IN {mode} MODE")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(reader.ask, a, method, path.format(run_id), json={"name": "x"})
            wait_until(lambda: looking.execute(waiting).fetchone() != (0,), "it waits for the table")
            # A page that needs nothing of the database.
            assert requests.get(f"{a.url}/glossary", timeout=PATIENCE_S).status_code == 200
            assert not asked.done()
            held.rollback()
            assert asked.result().status_code == status
