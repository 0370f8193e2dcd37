"""Which option an answer is: what was measured may be a number, or text that the program printed."""

import pytest

from concurrency_lab.lessons.questions import Option

TEXT = {"en": "", "zh": ""}


@pytest.mark.parametrize(
    ("measured", "right"),
    [(2, True), (1.99, False), (3, False), ("2.5", True), ("1.0", False), ("two", False), (True, False), (None, False)],
)
def test_a_range_takes_numbers_and_what_was_printed_as_one(measured: object, right: bool) -> None:
    assert Option("2..3", TEXT, 2, 3).is_right(measured) is right
