"""How long the whole book takes: every program of every lesson at its default parameters, as `run` runs it.

Promised: under 6 minutes, one after the other and two at a time. Exit code 1 when it takes longer, or when a program
ends otherwise than it should.
"""

import concurrent.futures
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from concurrency_lab.lessons.cases import Case
from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.lessons.lesson import Lesson
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec

MOST_S = 360
SLOWEST = 5


class Took(NamedTuple):
    """What one program took; `hangs`: it is for the lab to end it; `is_right`: it ended as it should."""

    slug: str
    case: str
    wall_s: float
    hangs: bool
    is_right: bool


def run(warden: Warden, lesson: Lesson, case: Case) -> Took:
    """Run one program to its end, and read its trace."""
    began_s = time.monotonic()
    params = lesson.validate({}, case)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.py")
        program.write_text(lesson.render(params, case), encoding="utf-8")
        spec = RunSpec(
            "bench",
            str(program),
            cwd=folder,
            params=params,
            lesson=lesson.slug,
            case=case.id,
            races=lesson.finds_races,
            limits=Limits(wall_s=case.wall_seconds),
        )
        with contextlib.closing(warden.run(spec)) as stream, stream.makefile(encoding="utf-8") as lines:
            ended = codec.read(lines).events[-1]
    hangs = any(check.get("status") == "limited" for check in lesson.checks_of(case))
    is_right = ended["status"] == ("limited" if hangs else "finished")
    return Took(lesson.slug, case.id, time.monotonic() - began_s, hangs, is_right)


def run_all(warden: Warden, at_once: int) -> tuple[float, list[Took]]:
    """Run all programs; return the seconds from the first to the last, and what each took."""
    began_s = time.monotonic()
    todo = [(lesson, case) for lesson in load_catalogue().lessons for case in lesson.variants]
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        took = list(pool.map(lambda program: run(warden, *program), todo))
    return time.monotonic() - began_s, took


def report(at_once: int, total_s: float, took: list[Took]) -> None:
    """Print the seconds of each lesson, the total and the slowest."""
    of_lesson: dict[str, list[Took]] = {}
    for one in took:
        of_lesson.setdefault(one.slug, []).append(one)
    print(f"\n{at_once} at a time:")
    for slug, programs in of_lesson.items():
        each = ", ".join(_words(one) for one in programs)
        print(f"  {sum(one.wall_s for one in programs):5.1f} s  {slug:33}{each}")
    slowest = sorted(took, key=lambda one: -one.wall_s)[:SLOWEST]
    print("slowest: " + ", ".join(f"{one.slug} {_words(one)} s" for one in slowest))
    print(f"{len(of_lesson)} lessons, {len(took)} programs, {at_once} at a time: {total_s:.0f} s")


def _words(one: Took) -> str:
    ended = "" if one.is_right else " (ended otherwise than it should)"
    return f"{one.case} {one.wall_s:.1f}{' (hangs)' if one.hangs else ''}{ended}"


def main() -> int:
    kept = []
    with Warden.start() as warden:
        for at_once in (1, 2):
            total_s, took = run_all(warden, at_once)
            report(at_once, total_s, took)
            kept.append(total_s < MOST_S and all(one.is_right for one in took))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
