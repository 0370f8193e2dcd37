"""What a program wrote is told once: by its probe, or, if no probe ever claims it, as seen from outside."""

import contextlib
import os
import select
import time
from collections.abc import Iterator

import pytest

from concurrency_lab.supervisor.output import ProgramOutput

PID = 7
CLAIM = {"kind": "output.written", "stream": 1, "text": "hello\n"}
LONG_NS = 10_000_000_000


@pytest.fixture
def output() -> Iterator[ProgramOutput]:
    """The program has written hello, and ended; it was read from the pipe just now."""
    with contextlib.closing(select.epoll()) as poller:
        output = ProgramOutput(poller)
        os.write(output.pipes()[0], b"hello\n")
        output.close_writers()
        output.drain()
        yield output


def test_what_a_probe_may_still_claim_is_not_told_however_late_it_is(output: ProgramOutput) -> None:
    long_before_ns = time.monotonic_ns() - LONG_NS
    assert output.unattributed(PID, long_before_ns) == []
    output.account(CLAIM)
    assert output.unattributed(PID, time.monotonic_ns() + LONG_NS, at_end=True) == []


def test_what_no_probe_claims_is_told_when_all_they_said_is_known(output: ProgramOutput) -> None:
    (event,) = output.unattributed(PID, time.monotonic_ns() + LONG_NS)
    assert (event["by"], event["text"]) == ("os", "hello\n")


def test_what_no_probe_claims_is_told_at_the_end(output: ProgramOutput) -> None:
    (event,) = output.unattributed(PID, 0, at_end=True)
    assert event["text"] == "hello\n"
