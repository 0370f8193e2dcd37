"""The quick check takes every real trace, and nothing that the slow one refuses."""

import json
from pathlib import Path

import pytest

from concurrency_lab.store.quick_check import Good, QuickCheck
from concurrency_lab.trace import codec

# Those hold a kind, and a field, that nobody knows.
STRANGE = ("evidence", "processes")
GOLDEN = sorted((Path(__file__).resolve().parents[1] / "golden").glob("*.ndjson"))
QUICK = QuickCheck()
EVENT = {"seq": 3, "ts_ns": 7, "kind": "queue.put", "by": "probe", "pid": 1, "obj": "1.1", "depth": 1}
ENDED = {"seq": 4, "ts_ns": 7, "kind": "run.ended", "by": "os", "status": "finished"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_takes_a_golden_trace_as_the_slow_one_does(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()[1:]
    slow = codec.Checker()
    slow.check(lines)
    good = Good(slow.ts_ns, slow.status)
    assert QUICK.check(lines, 0, 0) == (None if path.stem in STRANGE else good)


def test_says_how_the_run_ended_only_where_it_did() -> None:
    reaped = {"seq": 3, "ts_ns": 5, "kind": "process.reaped", "by": "os", "pid": 1, "child": 2, "status": 9}
    assert QUICK.check([json.dumps(reaped)], 3, 5) == Good(5, None)
    assert QUICK.check([json.dumps(EVENT), json.dumps(ENDED)], 3, 5) == Good(7, "finished")


@pytest.mark.parametrize(
    "text",
    [
        *(json.dumps({**EVENT, **change}) for change in ({"seq": 4}, {"seq": 3.0}, {"seq": True}, {"ts_ns": 1})),
        *(json.dumps({**EVENT, **change}) for change in ({"by": "rumour"}, {"line": "1"}, {"depth": ""})),
        *(json.dumps({name: EVENT[name] for name in EVENT if name != left}) for left in ("obj", "depth", "by", "kind")),
        json.dumps(EVENT).replace("7", "07"),
        json.dumps(EVENT).replace("7", "1e999"),
        json.dumps({**EVENT, "value": "x"}).replace("x", "\t"),
        json.dumps(EVENT)[:-1] + ', "kind": "thread.named"}',
        f"{json.dumps(EVENT)} {json.dumps(ENDED)}",
        f"[{json.dumps(EVENT)}]",
        json.dumps(EVENT)[:-9],
        "[" * 100_000,
        "null",
    ],
)
def test_takes_nothing_that_the_slow_one_refuses(text: str) -> None:
    slow = codec.Checker()
    slow.pass_over(3, 5, None)
    with pytest.raises(codec.TraceError):
        slow.check([text])
    assert QUICK.check([text], 3, 5) is None
