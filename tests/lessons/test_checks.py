"""The checks: each passes on a trace that has what it asks for, and says a sentence about one that has not."""

from typing import Any

import pytest

from concurrency_lab.lessons import checks
from concurrency_lab.lessons.evidence import Evidence
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from tests.golden.make import GOLDEN


def failures(golden: str, check: dict[str, Any], **params: int) -> list[str]:
    with (GOLDEN / f"{golden}.ndjson").open(encoding="utf-8") as lines:
        trace = codec.read(lines)
    header = trace.header | {"params": params}
    return checks.failures([check], Evidence(header, trace.events, Fold().feed(trace.events)))


@pytest.mark.parametrize(
    ("golden", "passing", "failing", "sentence"),
    [
        (
            "pool",
            {"check": "lanes", "kind": "process", "count": "WORKERS + 1"},
            {"count": "WORKERS"},
            "process lanes: 3",
        ),
        ("pool", {"check": "children_of_main", "count": "WORKERS"}, {"count": 3}, "children of the main process: 2"),
        ("pool", {"check": "flows", "kind": "task", "at_least": 3}, {"at_least": 4}, "flows task: 3 found, at least 4"),
        ("pool", {"check": "flows", "kind": "task", "at_most": 3}, {"at_most": 2}, "flows task: 3 found, at most 2"),
        ("pool", {"check": "tasks_at_once", "count": 2}, {"count": 3}, "tasks at the same time: 2"),
        ("pool", {"check": "events", "kind": "pool.created", "count": 1}, {"count": 2}, "events kind=pool.created: 1"),
        (
            "threads",
            {"check": "output", "matches": "served .*", "count": 2},
            {"matches": "x"},
            "lines that match 'x': 0",
        ),
        ("threads", {"check": "ended", "exit_code": 0}, {"exit_code": 1}, "did not end with"),
        ("pool", {"check": "lanes", "kind": "process", "count": 3}, {"check": "lane"}, "There is no check 'lane'"),
        (
            "threads",
            {"check": "blocked", "reason": "lock", "at_least": 1},
            {"reason": "barrier"},
            "blocked (barrier): 0",
        ),
        (
            "evidence",
            {
                "check": "measure",
                "measure": {"what": "state_s", "state": "runnable", "reason": "cpu"},
                "at_least": 0.004,
            },
            {"measure": {"what": "state_s", "state": "runnable", "reason": "gil"}},
            "comes to: 0.001",
        ),
        ("threads", {"check": "one_holder", "kind": "lock"}, {"kind": "semaphore"}, "no semaphore was ever held"),
    ],
)
def test_a_check_passes_where_it_should_and_fails_where_it_should(
    golden: str, passing: dict[str, Any], failing: dict[str, Any], sentence: str
) -> None:
    assert failures(golden, passing, WORKERS=2) == []
    (said,) = failures(golden, passing | failing, WORKERS=2)
    assert sentence in said


def test_a_check_without_an_amount_fails_instead_of_passing_silently() -> None:
    assert failures("pool", {"check": "lanes", "kind": "process"}) != []


EMPTY = {"source": {}}


def told(*said: tuple[int, str]) -> Evidence:
    """Return a run in which these processes printed these chunks, one each 10 ns."""
    events = [
        {"kind": "output.written", "by": "os", "seq": at, "ts_ns": at * 10, "pid": pid, "stream": 1, "text": text}
        for at, (pid, text) in enumerate(said)
    ]
    return Evidence(EMPTY, events, Fold().feed(events))


def with_flows(*flows: tuple[str, str]) -> Evidence:
    """Return a run with these notified flows (from, to), one each 10 ns."""
    fold = Fold()
    fold.flows = [("notified", a, at * 10, b, at * 10 + 5, "c") for at, (a, b) in enumerate(flows)]
    return Evidence(EMPTY, [], fold)


def test_lines_of_several_lanes_do_not_mix() -> None:
    assert told((1, "one"), (2, "two\nth"), (1, "!\n"), (2, "ree")).lines() == ["two", "one!", "three"]


TURNS = {"check": "alternates", "matches": "(buyer|seller): .*", "first": "buyer"}


@pytest.mark.parametrize(
    ("speakers", "sentence"),
    [
        ("buyer seller buyer seller", None),
        ("seller buyer", "seller speaks first, not buyer"),
        ("buyer seller seller", "seller speaks twice in a row, in line 3"),
        ("buyer", "too few"),
    ],
)
def test_turns_of_speakers(speakers: str, sentence: str | None) -> None:
    said = checks.failures([TURNS], told(*((1, f"{speaker}: hm\n") for speaker in speakers.split())))
    assert (said == []) if sentence is None else (sentence in said[0])


@pytest.mark.parametrize(
    ("flows", "sentence"),
    [
        ((("a", "b"), ("b", "a"), ("a", "b")), None),
        ((("a", "b"), ("a", "b")), "do not take turns: a -> b, then a -> b"),
        ((("a", "b"), ("b", "c")), "do not take turns"),
        ((), "too few"),
    ],
)
def test_turns_of_flows(flows: tuple[tuple[str, str], ...], sentence: str | None) -> None:
    said = checks.failures([{"check": "flows_alternate", "kind": "notified"}], with_flows(*flows))
    assert (said == []) if sentence is None else (sentence in said[0])


def test_two_holders_at_once_are_found() -> None:
    with (GOLDEN / "threads.ndjson").open(encoding="utf-8") as lines:
        fold = Fold().feed(codec.read(lines).events)
    lock = next(resource for resource in fold.resources.values() if resource.kind == "lock" and resource.holds)
    lock.holds.append(["somebody else", lock.holds[0][1], lock.holds[0][1] + 1])
    (said,) = checks.failures([{"check": "one_holder", "kind": "lock"}], Evidence(EMPTY, [], fold))
    assert "somebody else" in said
