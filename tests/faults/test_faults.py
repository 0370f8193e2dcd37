"""The quick rows of `make faults`, once each and without the jail; and that the witness sees what it must."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import truth
from tests.faults.lab import L1, Bench, bench
from tests.faults.rows import Result, Row, Target, all_rows, measure

ROWS = all_rows()
# What a busy machine makes longer is measured by hand, see docs/security.md; here it only has to come about.
UNITS_OF_TIME = ("s", "ms", "%")


@pytest.fixture(scope="module")
def made() -> Iterator[Bench]:
    with bench(L1) as made:
        yield made


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.quick])
def test_a_fault_leaves_nothing_wrong(made: Bench, name: str) -> None:
    result = measure(ROWS[name], made, 1)
    assert not result.failures
    assert not result.not_there
    counted = [target for target in ROWS[name].targets if target.unit not in UNITS_OF_TIME]
    assert counted
    assert [
        line for target in counted if (line := (target.figure, result.verdict(target)))[1] not in ("ok", "shown")
    ] == []


def test_every_promised_fault_is_done() -> None:
    assert len(ROWS) >= 35
    assert all(row.targets for row in ROWS.values())


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.closerange(0, 4096)
        os.execve(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(60)"], {})
    os._exit(0)
"""


def test_the_witness_sees_a_daemon_with_nothing_of_its_own() -> None:
    tag = truth.new_tag()
    boot = f"import resource; resource.setrlimit(resource.RLIMIT_MSGQUEUE, ({tag}, {tag})){DAEMON}"
    subprocess.run([sys.executable, "-S", "-c", boot], check=True)
    truth.wait_until(lambda: [p for p in truth.tagged(tag) if _is_daemon(p.pid)], "the daemon is seen")
    (daemon,) = (found for found in truth.tagged(tag) if _is_daemon(found.pid))
    assert Path(f"/proc/{daemon.pid}/environ").read_bytes() == b""
    os.kill(daemon.pid, signal.SIGKILL)
    truth.wait_until(lambda: not truth.is_alive(daemon), "it is gone")


def _is_daemon(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()[-28:] == b"import time; time.sleep(60)\0"
    except OSError:
        return False


def _result(most: float | None, *values: float) -> tuple[Result, Target]:
    target = Target("left", most, None)
    row = Row("x", "X", (target,), lambda _bench, _times: iter(()), False, None)
    return Result(row, L1, samples=[{"left": value} for value in values]), target


def test_one_miss_among_many_is_a_miss() -> None:
    for most, values, verdict in (
        (0, (0, 0), "ok"),
        (0, (0, 1), "missed"),
        (None, (7,), "shown"),
        (0, (), "no figure"),
    ):
        result, target = _result(most, *values)
        assert result.verdict(target) == verdict
        assert result.is_good == (verdict in ("ok", "shown"))


def test_a_row_that_fails_is_begun_anew_and_given_up_in_the_end(made: Bench) -> None:
    begun = []

    def fail(_bench: Bench, _times: int) -> Iterator[dict[str, float]]:
        begun.append(1)
        yield {"left": 0}
        raise AssertionError("it is broken")

    row = Row("x", "X", (Target("left", 0, 0),), fail, False, None)
    result = measure(row, made, 4)
    assert (len(result.samples), len(result.failures), len(begun)) == (2, 2, 2)
    assert result.verdict(row.targets[0]) == "failed"
