"""Who catches up together gets the pages that were read for the first of them."""

import contextlib

from concurrency_lab.store import Page
from concurrency_lab.web.paging import Paging


class Trace:
    """A trace that grows and counts how often it is read."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.reads = 0

    def read(self, since: int, most: int) -> Page:
        """Return at most `most` lines behind `since`."""
        self.reads += 1
        lines = [str(seq) for seq in range(since + 1, min(self.length, since + 1 + most))]
        return Page(lines, since + len(lines))


def test_a_whole_page_is_read_and_packed_once() -> None:
    paging, trace = Paging(contextlib.nullcontext()), Trace(30)
    first, second = (paging.sheet("r", 9, 10, trace.read) for _ in range(2))
    assert trace.reads == 1
    assert first.page.lines == [str(seq) for seq in range(10, 20)]
    assert first.packed is second.packed
    assert paging.sheet("r", 19, 10, trace.read).page.lines[0] == "20"
    assert paging.sheet("r", 9, 5, trace.read).page.last_seq == 14
    assert paging.sheet("other", 9, 10, Trace(15).read).page.last_seq == 14


def test_what_was_short_may_be_longer_now() -> None:
    paging, trace = Paging(contextlib.nullcontext()), Trace(5)
    assert paging.sheet("r", -1, 10, trace.read).page.last_seq == 4
    trace.length = 20
    assert paging.sheet("r", -1, 10, trace.read).page.last_seq == 9


def test_only_the_last_pages_are_remembered() -> None:
    paging, trace = Paging(contextlib.nullcontext()), Trace(1000)
    for _ in range(2):
        for since in range(100):
            paging.sheet("r", since, 10, trace.read)
    assert trace.reads == 200
    paging.sheet("r", 99, 10, trace.read)
    assert trace.reads == 200
