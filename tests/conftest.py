"""What holds for every test: it leaves nothing behind. Rooms have their own conftest.py for the rest."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.leaks import everything

PATIENCE_S = 5.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make lessons` asks for, and what is too much for every day."""
    parser.addoption("--every-lesson", action="store_true", help="run all lessons in the browser, not one of a kind")
    parser.addoption("--lesson-repeats", type=int, default=1, metavar="N", help="make every lesson's run N times")


# pytest-xdist brings no types: nothing is known of this base.
class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the tests to several processes by file; those of the page to one, which has one browser."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """How `make test` shares the tests out."""
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _leaves_nothing_behind() -> Iterator[None]:
    """Fail a test that leaves a process, a thread or a segment folder.

    Things end a moment after they are told to, so what is left is looked at until it is gone or patience is over.
    What a session's or module's fixture made was there before the test, and is not its concern.
    """
    before = everything()
    yield
    deadline = time.monotonic() + PATIENCE_S
    while left := everything() - before:
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + ", ".join(sorted(left)), pytrace=False)
        time.sleep(0.01)
