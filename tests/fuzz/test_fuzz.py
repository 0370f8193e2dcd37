"""Some hundred cases of bad input for each target: `make fuzz` tries 100,000."""

import pytest

from tests.fuzz import harness, targets
from tests.fuzz.making import Maker
from tests.fuzz.shrinking import shrunk

# Of the target that starts real runs one batch is all that a test has the time for.
CASES = {"program-strings": 150}


@pytest.mark.parametrize("name", targets.TARGETS)
def test_bad_input_is_refused_or_shown_and_costs_nothing(name: str) -> None:
    target = targets.TARGETS[name](seed=7)
    try:
        measured = harness.run(target, CASES.get(name, 200), warm_up=0.5)
    except harness.NotThere as missing:
        pytest.skip(f"there is no {missing} yet")
    assert not measured.wrong, "\n".join(measured.wrong)


def test_the_same_seed_makes_the_same_cases() -> None:
    for name, make in targets.TARGETS.items():
        first, second = (make(3).make(Maker(f"3 {name} 5")) for _ in range(2))
        assert repr(first) == repr(second), name


def test_a_failing_case_is_made_small() -> None:
    case = [{"text": "many words, and one that hurts, and many more", "number": 4711}, ["nothing"], b"bytes"]
    assert shrunk(case, lambda value: "hurts" in repr(value)) == [{"text": "hurts"}]


class _Bad(harness.Target):
    name = "bad"

    def make(self, maker: Maker) -> str:
        return maker.text()

    def try_case(self, case: str) -> None:
        if len(case) > 3:
            raise KeyError(case)


def test_a_target_that_fails_is_found_out() -> None:
    measured = harness.run(_Bad(1), 1000)
    assert measured.cases < 1000
    assert "KeyError" in measured.wrong[0]
    assert "see it again" in measured.wrong[0]
