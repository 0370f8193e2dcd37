"""What a lesson's questions come to in a run, through the API: real lessons, run for real, in the case asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.trace import codec
from tests.web.lab_server import LabServer, serving
from tests.web.test_problems import problem

# A teacher's own lesson, as short as one may be: it asks nothing and points at nothing.
SILENT = """
chapter = 1
order = 99
level = 1
minutes = 1
[title]
en = "Nothing is asked"
zh = "不提问"
[summary]
en = "It waits."
zh = "它在等。"
[[params]]
name = "SECONDS"
type = "float"
min = 0.0
max = 10.0
label = { en = "Seconds", zh = "秒数" }
"""
WAITS = "import time\n\nSECONDS = 0.0\n\ntime.sleep(SECONDS)\nprint('waited')\n"


@pytest.fixture(scope="module")
def own_lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of lessons outside of the package, with one that has no questions."""
    folder = tmp_path_factory.mktemp("lessons")
    silent = folder / "silent"
    silent.mkdir()
    files = {"lesson.toml": SILENT, "program.py": WAITS, "en.md": "## What happens\n", "zh.md": "## 发生了什么\n"}
    for name, text in files.items():
        (silent / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab") / "data"


@pytest.fixture(scope="module")
def book(data: Path, way: str, own_lessons: Path) -> Iterator[LabServer]:
    """A server with all of the book's lessons and the teacher's own."""
    with serving(data, way, CATALOGUE=None, LESSONS=[str(own_lessons)]) as server:
        yield server


def start(server: LabServer, lesson: str, **words: Any) -> str:
    answer = server.http.post(f"{server.url}/api/runs", json={"lesson": lesson, **words}, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def outcomes(server: LabServer, run_id: str) -> dict[str, Any]:
    """Return what came of a run, once it has ended."""
    assert server.wait_ended(run_id)["status"] == "finished"
    answer = server.http.get(f"{server.url}/api/runs/{run_id}/outcomes", timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_answer_comes_with_the_events_that_prove_it(book: LabServer) -> None:
    run_id = start(book, "fork-twice", params={"EXIT_CODE": 7, "CHILD_SECONDS": 0.0, "PARENT_SECONDS": 0.0})
    found = outcomes(book, run_id)
    events = {event["seq"]: event for event in codec.read(book.trace(run_id)).events}

    assert found["case"] == "main"
    answers = found["answers"]
    assert (answers["how-many"]["value"], answers["child-gets"]["value"]) == (2, "0")
    (proof,) = answers["child-gets"]["seqs"]
    assert "child:  fork gave me 0." in events[proof]["text"]
    moments = {name: events[moment["seq"]] for name, moment in found["moments"].items()}
    assert {name: event["kind"] for name, event in moments.items()} == {
        "fork": "process.forked",
        "child-born": "process.started",
        "reaped": "process.reaped",
    }
    assert all(found["moments"][name]["ts_ns"] == event["ts_ns"] for name, event in moments.items())
    assert found["numbers"]["processes"] == 2
    assert found["numbers"]["printed"].endswith("exit code 7")
    # Asked again, it is the same.
    assert outcomes(book, run_id) == found


def test_a_case_is_what_is_run_and_graded(book: LabServer) -> None:
    exits_256 = start(book, "fork-twice", case="exit-256", params={"CHILD_SECONDS": 0.0, "PARENT_SECONDS": 0.0})
    # The second program of a lesson that has two, with a question of its own.
    messages = start(book, "sockets", case="messages", params={"READ_SECONDS": 0.1})

    run = book.wait_ended(exits_256)
    assert (run["case"], run["params"]["CHILD_SECONDS"]) == ("exit-256", 0.0)
    assert "sys.exit(256)" in run["header"]["source"]["program.py"]
    assert outcomes(book, exits_256)["numbers"]["printed"].endswith("exit code 0")

    found = outcomes(book, messages)
    assert found["case"] == "messages"
    assert {name: answer["value"] for name, answer in found["answers"].items()} == {"messages": 3}
    assert set(found["moments"]) == {"closed"}, "the first one is of the other program"


@pytest.mark.parametrize("case", ["no-such", "", None, 7, ["main"]])
def test_an_unknown_case_is_told_with_those_that_there_are(book: LabServer, case: object) -> None:
    body = {"lesson": "fork-twice", "case": case}
    told = problem(book, "POST", "/api/runs", 422, json=body)["detail"]
    assert told == f'This lesson has no program "{case}": it has main, late-parent, exit-256.'
    assert "exit-256" in problem(book, "POST", "/api/runs?lang=zh", 422, json=body)["detail"]
    # Nothing was started.
    assert book.http.get(f"{book.url}/healthz", timeout=10).json()["runs"] == 0


def test_before_the_end_there_is_no_outcome(book: LabServer) -> None:
    run_id = start(book, "silent", params={"SECONDS": 10})
    told = problem(book, "GET", f"/api/runs/{run_id}/outcomes", 409)
    assert run_id in told["detail"]
    assert "still going on" in told["detail"]
    book.stop(run_id)
    assert book.wait_ended(run_id)["status"] == "stopped"
    answer = book.http.get(f"{book.url}/api/runs/{run_id}/outcomes", timeout=20)
    assert (answer.status_code, answer.json()["answers"]) == (200, {})


def test_a_lesson_without_questions_has_numbers_and_no_answers(book: LabServer) -> None:
    found = outcomes(book, start(book, "silent"))
    assert (found["case"], found["answers"], found["moments"]) == ("main", {}, {})
    assert found["numbers"]["printed"] == "waited"


def test_a_run_that_nobody_knows_has_no_outcome(book: LabServer) -> None:
    assert "nobody" in problem(book, "GET", "/api/runs/nobody/outcomes", 404)["detail"]


def test_a_run_of_a_lesson_that_is_not_here_has_no_outcome(tmp_path: Path, way: str, own_lessons: Path) -> None:
    with serving(tmp_path / "data", way, CATALOGUE=None, LESSONS=[str(own_lessons)]) as server:
        run_id = start(server, "silent")
        server.wait_ended(run_id)
    # The same runs, but the teacher's folder is not given any more.
    with serving(tmp_path / "data", way, CATALOGUE=None) as server:
        assert server.run(run_id)["lesson"] == "silent"
        told = problem(server, "GET", f"/api/runs/{run_id}/outcomes", 404)["detail"]
    assert run_id in told
    assert "not of a lesson that is here" in told
