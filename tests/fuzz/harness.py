"""Tries generated cases on a target, measures what they cost it, and shrinks the first that goes wrong."""

import contextlib
import gc
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.fuzz.making import Maker
from tests.fuzz.shrinking import shrunk

PATIENCE_S = 30
# What a first few cases cost is what any first use costs: caches, compiled expressions, the database's pages.
_WARM_UP = 0.1
MOST_RSS_MB = 20.0
MOST_LINES_PER_S = 1.0
# A run of a few seconds may say its start and its end.
_FREE_LINES = 5


class Wrong(Exception):
    """What a case did that it must not; its text says it."""


class NotThere(Exception):
    """What is to be tried is not part of this lab yet."""


class Measured(NamedTuple):
    """A target after its cases: a row of the table."""

    target: str
    cases: int
    seconds: float
    errors_5xx: int
    hangs: int
    tracebacks: int
    rss_growth_mb: float
    log_lines: int
    slowest_answer_ms: float
    alive: bool
    # what is not as it must be, a sentence each
    wrong: tuple[str, ...]


class Target:
    """Something that takes bad input. In this process, where nothing else is said."""

    name = ""
    # how many cases `make` makes at a time: inputs of one connection, or of one run
    batch = 1

    def __init__(self, seed: int) -> None:
        self.seed = seed

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Start what is tried, and end it; raise NotThere."""
        yield

    def make(self, maker: Maker) -> Any:
        """Make a case: plain data. With `batch`, a list."""
        raise NotImplementedError

    def try_case(self, case: Any) -> None:
        """Give a case to the target; raise Wrong, or anything else that is not to be."""
        raise NotImplementedError

    def resident_mb(self) -> float:
        """Return how much memory the target has."""
        gc.collect()
        return resident_mb(os.getpid())

    def health(self) -> dict[str, Any]:
        """Return what is known besides of the target: fields of Measured."""
        return {"errors_5xx": 0, "tracebacks": 0, "log_lines": 0, "slowest_answer_ms": 0.0, "alive": True}


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def run(target: Target, cases: int, warm_up: float = _WARM_UP) -> Measured:
    """Try so many cases; stop at the first that goes wrong. Growth is counted behind the first part, `warm_up`."""
    wrong: list[str] = []
    target.batch = min(target.batch, cases)
    with target.ready():
        began_s = time.monotonic()
        done, number, before_mb = 0, 0, None
        while done < cases and not wrong:
            if before_mb is None and done >= cases * warm_up:
                before_mb = target.resident_mb()
            case = target.make(Maker(f"{target.seed} {target.name} {number}"))
            problem = trial(target, case)
            if problem:
                wrong.append(_told(target, number, case, problem))
            done += len(case) if target.batch > 1 else 1
            number += 1
        seconds = time.monotonic() - began_s
        grown_mb = target.resident_mb() - before_mb if before_mb and target.health()["alive"] else 0.0
        health = target.health()
    hangs = sum("no answer within" in text for text in wrong)
    measured = Measured(target.name, done, seconds, hangs=hangs, rss_growth_mb=grown_mb, wrong=(), **health)
    return measured._replace(wrong=(*wrong, *_overdone(measured)))


def trial(target: Target, case: Any) -> str | None:
    """Return what went wrong with a case, or None."""
    try:
        with _in_time():
            target.try_case(case)
    except Wrong as wrong:
        return str(wrong)
    except Exception as error:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place is not None else "?"
        return f"{type(error).__name__} at {where}: {error!s:.200}"
    return None


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def late(_number: int, _frame: object) -> None:
        raise Wrong(f"no answer within {PATIENCE_S} s")

    former = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _told(target: Target, number: int, case: Any, problem: str) -> str:
    """Return what a reader needs: what went wrong, the shrunk case, and how to see it again."""

    def fails(smaller: Any) -> bool:
        try:
            return trial(target, smaller) is not None
        except Exception:
            return False

    small = shrunk(case, fails) if "no answer within" not in problem else case
    again = f"scripts/fuzz.py --target {target.name} --again {small!r}"
    if len(again) > 4000:
        again = f"scripts/fuzz.py --target {target.name} --seed {target.seed} --number {number}"
    return f"{trial(target, small) or problem}\n      case {number} of seed {target.seed}; see it again: {again}"


def _overdone(measured: Measured) -> Iterator[str]:
    """Say what of the measured is more than may be."""
    if not measured.alive:
        yield "the server is gone"
    if measured.errors_5xx:
        yield f"{measured.errors_5xx} answers say 5xx"
    if measured.tracebacks:
        yield f"{measured.tracebacks} tracebacks in the log"
    if measured.rss_growth_mb > MOST_RSS_MB:
        yield f"it has grown by {measured.rss_growth_mb:.1f} MB"
    if measured.log_lines > _FREE_LINES + MOST_LINES_PER_S * measured.seconds:
        yield f"{measured.log_lines} lines of log in {measured.seconds:.0f} s"
    if measured.slowest_answer_ms >= PATIENCE_S * 1000:
        yield "a request beside it was not answered"
