"""Seeded bugs are found, each under its own code and nothing else; correct programs are left in peace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.supervisor.client import Warden
from tests.findings.corpus import BUGGY, CLEAN, DOC, Result, examine, examine_all, expected, wants_races
from tests.pythons import PYTHONS

# The whole corpus runs once, before the first test: half a minute, more on a machine with other work.
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    with Warden.start() as warden:
        yield warden


@pytest.fixture(scope="module")
def results(warden: Warden) -> dict[Path, Result]:
    return examine_all(warden, [*BUGGY, *CLEAN])


def test_every_seeded_bug_is_said_by_its_run(results: dict[Path, Result]) -> None:
    assert len(BUGGY) >= 25
    wrong = {program.stem: results[program] for program in BUGGY if results[program].said != [expected(program)]}
    assert wrong == {}


def test_no_clean_program_gives_a_false_alarm(results: dict[Path, Result]) -> None:
    assert {program.name for program in BUGGY} <= {program.name for program in CLEAN}
    wrong = {program.stem: results[program] for program in CLEAN if results[program].said}
    assert wrong == {}
    assert {results[program].status for program in CLEAN} == {"finished"}


def test_a_trace_without_findings_proves_the_same(results: dict[Path, Result]) -> None:
    wrong = {str(program): result for program, result in results.items() if result.proved != result.said}
    assert wrong == {}


def test_data_races_are_found_and_only_they_on_every_python(warden: Warden) -> None:
    programs = [program for program in [*BUGGY, *CLEAN] if wants_races(program)]
    assert len(programs) >= 24
    wrong = {}
    for version, python in PYTHONS.items():
        for program, result in examine_all(warden, programs, python).items():
            if result.said != ([expected(program)] if program in BUGGY else []) or result.status != "finished":
                wrong[version, program.parent.name, program.stem] = result
    assert wrong == {}


def test_no_clean_program_has_a_data_race(warden: Warden) -> None:
    others = [program for program in CLEAN if not wants_races(program)]
    results = examine_all(warden, others, races=True)
    assert {program.stem: result for program, result in results.items() if result.said} == {}


# Of every lesson tests/lessons/test_traces.py says the same, without looking for races.
ORDERED = ("condition-buyer-seller", "event-ten-threads", "queue-producer-consumer", "lock-balance", "thread-join-all")


def test_lessons_without_a_race_have_none(warden: Warden, tmp_path: Path) -> None:
    programs = [tmp_path / f"{slug}.py" for slug in ORDERED]
    for slug, program in zip(ORDERED, programs, strict=True):
        lesson = load_catalogue().get(slug)
        assert lesson is not None
        program.write_text(lesson.render(lesson.validate({})), encoding="utf-8")
    said = {program.stem: examine(warden, program, races=True).said for program in programs}
    assert said == {slug: [] for slug in ORDERED}


def test_the_table_in_the_docs_tells_of_every_seeded_bug() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert [program.stem for program in BUGGY if f"| `{program.stem}` | {expected(program)} | yes |" not in text] == []
