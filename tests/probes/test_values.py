"""Short texts for values, and names of variables."""

import pytest

from concurrency_lab.probes import values
from tests.probes.conftest import Lab


class Loud:
    def __repr__(self) -> str:
        raise AssertionError("the user's code must not run")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"), ("a", "'a'"), (b"x", "b'x'"), (None, "None"), (1.5, "1.5"), ((), "()"), ((1,), "(1,)"),
        ([1, [2, {"k": (3,)}]], "[1, [2, {'k': …}]]"), ({1: 2}, "{1: 2}"), (set(), "set()"), ({1}, "{1}"),
        (Loud(), "<Loud>"), ([Loud()], "[<Loud>]"), (1 << 9999, "<int>"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
        (dict.fromkeys(range(99)), "<dict of 99>"), ("\0", "'\\x00'"),
    ],
)  # fmt: skip
def test_short(value: object, text: str) -> None:
    assert values.short(value) == text


def test_long_values_are_cut() -> None:
    assert len(values.short("x" * 10_000)) == values.LONGEST


def test_names_of_variables(lab: Lab) -> None:
    trace = lab.run("""
        import threading
        from threading import Lock

        class Account:
            shared = Lock()

            def __init__(self, **kwargs):
                self.lock = threading.Lock()
                self.part = self
                self.part.inner = threading.Lock()

        def local():
            mine = Lock()
            seen = mine
            def inner():
                return closed
            closed = Lock()
            global everywhere
            everywhere = Lock()
            return Lock()

        Account()
        local()
        both = [Lock(), Lock()]
        with Lock() as got:
            pass
    """).trace
    names = [event.get("name", "") for event in trace.all("lock.created")]
    inside = ["shared", "self.lock", "self.part.inner", "mine", "closed", "everywhere", ""]
    assert names == [*inside, "both[0]", "both[1]", ""]
