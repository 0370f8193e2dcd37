"""The parts of a lab on several machines, each by itself."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.store import Store, StoreError, pack
from concurrency_lab.store.jobs import Jobs, in_turn
from concurrency_lab.store.postgres import PostgresStore, parsed
from concurrency_lab.trace import codec
from concurrency_lab.web.aio import ThreadedAio
from concurrency_lab.web.cluster.remote_feed import RemoteFeed
from tests.machines.backends import Postgres, Redis
from tests.web.lab_server import ROOT

# As in test_machines.py: the first test has both backends started for it.
pytestmark = pytest.mark.timeout(180)

PROGRAM = {"text": "pass", "lesson": None, "params": {}}


class Heard:
    """Keeps what a feed tells."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.others: list[Any] = []

    def started(self, run: Any) -> None: ...

    def queued(self, run_id: str, place: int) -> None:
        self.others.append(place)

    def began(self, run_id: str, header: Any) -> None:
        self.others.append("began")

    def events(self, run_id: str, lines: Any, packed: bytes) -> None:
        self.lines += lines

    def ended(self, message: dict[str, Any]) -> None:
        self.others.append(message["status"])


def line(seq: int, **rest: Any) -> str:
    return codec.dumps({"seq": seq, "ts_ns": seq, "kind": "line.reached", "by": "probe", **rest})


def news(first: int, lines: list[str]) -> tuple[dict[str, Any], bytes]:
    return {"kind": "events", "first": first, "last": first + len(lines) - 1}, pack(lines)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = Store(tmp_path / "runs.sqlite")
    store.create_run("r", "program.py", {}, state="queued")
    yield store
    store.close()


def test_whatever_news_are_lost_doubled_or_late_every_event_is_told_once(store: Store) -> None:
    heard = Heard()
    feed = RemoteFeed(store.get("r"), store, ThreadedAio(), heard, 2)
    feed.wait_at(1)
    store.begin_run("r")
    batches = [(start, [line(seq) for seq in range(start, start + 3)]) for start in range(0, 15, 3)]
    store.append("r", *batches[0], 2)
    # Before the header, which is what the page needs first.
    feed.take(*news(*batches[0]))
    store.set_header("r", {"format": codec.FORMAT})
    feed.take({"kind": "changed"}, b"")
    for first, lines in batches[1:]:
        store.append("r", first, lines, first + 2)
    feed.take(*news(*batches[1]))
    feed.take(*news(*batches[1]))
    # The one between is lost.
    feed.take(*news(*batches[3]))
    feed.take(*news(*batches[2]))
    with feed.lock:
        # A watcher comes from another server, and has more than was told here.
        assert feed.page(14, 2000).lines == []
        assert feed.page(-1, 2000).lines == heard.lines
        assert feed.page(3, 4).lines == heard.lines[4:8]
    assert heard.lines == [line(seq) for seq in range(15)]
    store.append("r", 15, [line(15, kind="run.ended", status="finished")], 15)
    store.end_run("r", "finished")
    feed.catch_up()
    feed.catch_up()
    assert heard.others == [1, "began", "finished"]
    assert feed.ended
    assert len(heard.lines) == 16


def test_who_has_fewer_runs_going_on_is_next() -> None:
    waiting = [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")]
    assert in_turn(waiting, {}) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert in_turn(waiting, {"a": 1, "c": 2}) == ["b1", "a1", "b2", "a2", "c1", "a3"]


def test_many_start_at_once_on_an_empty_database(both: tuple[Redis, Postgres]) -> None:
    url = both[1].database("at_once")
    stores: list[PostgresStore] = []
    secrets = set()

    def start() -> None:
        store = PostgresStore(url)
        stores.append(store)
        Jobs(store)
        secrets.add(store.secret())

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert (len(stores), len(secrets)) == (6, 1)


def test_a_run_is_taken_once_and_a_batch_stored_once(both: tuple[Redis, Postgres]) -> None:
    store = PostgresStore(both[1].database("once"))
    jobs = Jobs(store)
    taken: list[str] = []
    asking = threading.Event()

    def ask() -> None:
        for number in range(10):
            jobs.ask(f"r{number}", "program.py", PROGRAM, "v", "", False)
        asking.set()

    def take(worker: str) -> None:
        # While more are asked for, and then until there is no more.
        while (job := jobs.take(worker, 8)) is not None or not asking.wait(0):
            if job is not None:
                taken.append(job.run_id)

    threads = [threading.Thread(target=take, args=(f"w{number}",)) for number in range(4)]
    threads.append(threading.Thread(target=ask))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One viewer's: eight at a time.
    assert sorted(taken) == [f"r{number}" for number in range(8)]
    lines = [line(0), line(1)]
    # The answer to the first was lost, so it is sent again.
    assert store.append("r0", 0, lines, 1) == store.append("r0", 0, lines, 1)
    assert store.get("r0").events == 2
    store.interrupt("r0", "The worker is gone.")
    with pytest.raises(StoreError, match="Another machine has ended this run"):
        store.append("r0", 2, [line(2)], 2)
    assert jobs.stop("r9") == (True, None)
    assert jobs.stop("r9") == (False, None)
    # No worker has ever said that it is there.
    assert sorted(jobs.bereft(5)) == [f"r{number}" for number in range(1, 8)]
    store.close()


@pytest.mark.parametrize("url", ["sqlite:///runs.sqlite", "nothing at all", "mysql://host/lab"])
def test_another_kind_of_database_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="postgresql://"):
        parsed(url)


def test_alone_a_server_needs_neither_library(tmp_path: Path) -> None:
    code = (
        # As if they were not installed.
        "import sys; sys.modules |= dict.fromkeys(('redis', 'psycopg')); "
        "from concurrency_lab.web import create_app, serve, work; "
        f"create_app({{'DATA': {str(tmp_path / 'data')!r}}}); "
        "print(any(name.startswith('concurrency_lab.web.cluster') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--redis", "redis://127.0.0.1:1/0"], "belong together"),
        (["worker"], "belong together"),
        (["worker", "--redis", "http://x", "--database", "postgresql://lab@127.0.0.1:1/x"], "cannot be reached"),
    ],
)
def test_what_is_missing_is_said(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "concurrency_lab", *arguments]
    if arguments[0] == "serve":
        command += ["--data", str(tmp_path), "--port", "0", "--no-open", "--no-jail"]
    else:
        command += ["--no-jail"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
