"""What a lesson promises about its trace, on real ones: the real program, probes and supervisor."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.lessons import checks
from concurrency_lab.lessons.catalogue import Lesson, load_catalogue
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.states import DEAD, ZOMBIE
from tests.pythons import PYTHONS

CATALOGUE = load_catalogue()

# Other values than the defaults, at which the promises hold as well.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "fork-twice": [{}, {"CHILD_SECONDS": 0.0, "EXIT_CODE": 255}],
    "pool-apply-async": [{}, {"WORKERS": 2, "TASKS": 9, "TASK_SECONDS": 0.05}],
    "condition-buyer-seller": [{}, {"SELLER_LATE_SECONDS": 0.0, "THINK_SECONDS": 0.0}],
    "event-ten-threads": [{}, {"THREADS": 5}],
    "queue-producer-consumer": [{}, {"ITEMS": 10, "MAXSIZE": 1}],
}


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    with Warden.start() as warden:
        yield warden


def record(
    warden: Warden, lesson: Lesson, values: dict[str, Any], folder: Path, python: str = sys.executable
) -> codec.Trace:
    """Run a lesson to its end; return its trace, checked."""
    params = lesson.validate(values)
    program = folder / "program.py"
    program.write_text(lesson.render(params), encoding="utf-8")
    spec = RunSpec(
        "test",
        str(program),
        cwd=str(folder),
        python=python,
        params=params,
        lesson=lesson.slug,
        limits=Limits(wall_s=30),
    )
    with contextlib.closing(warden.run(spec)) as stream, stream.makefile(encoding="utf-8") as lines:
        return codec.read(lines)


def test_every_lesson_is_recorded_here() -> None:
    assert set(VARIANTS) == {lesson.slug for lesson in CATALOGUE.lessons}


def assert_keeps_its_promises(lesson: Lesson, trace: codec.Trace) -> None:
    fold = Fold().feed(trace.events)
    assert checks.failures(lesson.checks, trace.header, trace.events, fold) == []
    assert fold.illegal == 0
    assert fold.dropped == 0


@pytest.mark.parametrize(
    ("slug", "values"),
    [
        pytest.param(slug, values, id=f"{slug}-{'changed' if values else 'defaults'}")
        for slug, variants in VARIANTS.items()
        for values in variants
    ],
)
def test_a_real_trace_has_what_its_lesson_promises(
    slug: str, values: dict[str, Any], warden: Warden, tmp_path: Path
) -> None:
    lesson = CATALOGUE.get(slug)
    assert lesson is not None
    assert_keeps_its_promises(lesson, record(warden, lesson, values, tmp_path))


@pytest.mark.parametrize("slug", VARIANTS)
@pytest.mark.parametrize("version", [version for version, path in PYTHONS.items() if path != sys.executable])
def test_so_it_has_with_every_other_python(slug: str, version: str, warden: Warden, tmp_path: Path) -> None:
    lesson = CATALOGUE.get(slug)
    assert lesson is not None
    trace = record(warden, lesson, {}, tmp_path, PYTHONS[version])
    assert trace.header["python"].startswith(version)
    assert_keeps_its_promises(lesson, trace)


def test_a_late_parent_leaves_a_zombie(warden: Warden, tmp_path: Path) -> None:
    """The first thing that fork-twice asks the reader to try."""
    lesson = CATALOGUE.get("fork-twice")
    assert lesson is not None
    trace = record(warden, lesson, {"CHILD_SECONDS": 0.1, "PARENT_SECONDS": 0.5}, tmp_path)
    (_, child) = [lane for lane in Fold().feed(trace.events).lanes.values() if lane.kind == "process"]
    assert child.state[-2:] == [ZOMBIE, DEAD]
    assert child.start_ns[-1] - child.start_ns[-2] > 200_000_000
