"""The golden traces: what the fold says about them, in Python. tests/js/fold.test.js says the same of JavaScript."""

import itertools
import json
import pathlib

import pytest

from concurrency_lab.trace import codec, states
from concurrency_lab.trace.fold import Fold
from tests.golden.make import GOLDEN

TRACES = sorted(GOLDEN.glob("*.ndjson"))


@pytest.fixture(params=TRACES, ids=lambda path: path.stem)
def trace(request: pytest.FixtureRequest) -> pathlib.Path:
    path: pathlib.Path = request.param
    return path


def read(path: pathlib.Path) -> codec.Trace:
    with path.open(encoding="utf-8") as lines:
        return codec.read(lines)


def test_fold_of_a_golden_trace_is_its_golden_file(trace: pathlib.Path) -> None:
    expected = json.loads(trace.with_suffix(".json").read_text(encoding="utf-8"))

    result = Fold().feed(read(trace).events).to_dict()

    assert json.loads(json.dumps(result)) == expected
    assert result["illegal"] == 0


def test_every_transition_of_a_golden_trace_is_legal_and_in_time(trace: pathlib.Path) -> None:
    for lane in Fold().feed(read(trace).events).lanes.values():
        assert lane.start_ns == sorted(lane.start_ns)
        for before, after in itertools.pairwise(lane.state):
            assert after in states.TRANSITIONS[before]


def test_a_trace_survives_being_written_and_read(trace: pathlib.Path) -> None:
    before = read(trace)
    assert codec.read(codec.write(before.header, before.events)) == before
