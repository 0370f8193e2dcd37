"""What a lesson promises about its trace, on real ones: the real program, probes and supervisor; and without us.

`--lesson-repeats N` makes every run N times (`make lessons`).
"""

import faulthandler
import sys
from collections.abc import Iterator

import pytest

from concurrency_lab.lessons import checks
from concurrency_lab.lessons.evidence import Evidence
from concurrency_lab.lessons.outcomes import outcomes
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from tests.lessons.recording import CATALOGUE, Job, Result, make_all
from tests.pythons import PYTHONS

# For looking at one run. That all are made beforehand takes its time: each has an end of its own, in Limits.
pytestmark = pytest.mark.timeout(60, func_only=True)

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
# About what was printed: these hold without us as well.
OF_OUTPUT = {"output", "output_order", "alternates"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    repeats = range(metafunc.config.getoption("lesson_repeats"))
    if "traced" in metafunc.fixturenames:
        # Every case here; on the other Pythons the variants, and what is in step mode.
        jobs = [
            pytest.param(Job(lesson.slug, case.id, path, repeat), id=f"{lesson.slug}-{case.id}-{version}-{repeat}")
            for lesson in CATALOGUE.lessons
            for case in lesson.cases.values()
            for version, path in PYTHONS.items()
            if version == HERE or not case.is_try or case.step
            for repeat in repeats
        ]
        metafunc.parametrize("traced", jobs)
    if "alone" in metafunc.fixturenames:
        jobs = [
            pytest.param(Job(lesson.slug, case.id, ""), id=f"{lesson.slug}-{case.id}")
            for lesson in CATALOGUE.lessons
            for case in lesson.variants
        ]
        metafunc.parametrize("alone", jobs)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Job, Result]]:
    """All runs that the chosen tests look at, made beforehand and many at a time."""
    chosen = [
        job
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
        for job in item.callspec.params.values()
        if isinstance(job, Job)
    ]
    # It takes minutes; pytest would take it for a hang and print where everybody is.
    faulthandler.cancel_dump_traceback_later()
    with Warden.start() as warden:
        yield make_all(warden, tmp_path_factory.mktemp("runs"), chosen)


def test_a_real_trace_has_what_its_lesson_promises(traced: Job, results: dict[Job, Result]) -> None:
    trace = results[traced]
    if isinstance(trace, Exception):
        raise trace
    assert isinstance(trace, codec.Trace)
    fold = Fold().feed(trace.events)
    evidence = Evidence(trace.header, trace.events, fold)
    case = traced.lesson.cases[traced.case]
    failures = checks.failures(traced.lesson.checks_of(case), evidence)
    assert failures == [], "\n".join([*failures, "printed:", *evidence.lines()])
    # Nothing is found that the lesson does not speak of.
    spoken_of = {check["code"] for check in traced.lesson.checks_of(case) if check["check"] == "finding"}
    assert {code for _, code, *_ in fold.findings} <= spoken_of | set(traced.lesson.may_find)
    assert fold.illegal == 0
    assert fold.dropped == 0
    assert_grades(traced, trace)


def assert_grades(job: Job, trace: codec.Trace) -> None:
    """Every question about this case has an answer that one of its options means, every moment an instant."""
    found = outcomes(job.lesson, trace.header, trace.events)
    for question in job.lesson.questions:
        if question.case != job.case and not question.compare:
            continue
        value = found["answers"][question.id]["value"]
        assert value is not None, f"question {question.id}: {question.measure} comes to nothing"
        if question.type == "choice":
            right = [option.value for option in question.options if option.is_right(value)]
            assert len(right) == 1, f"question {question.id}: {value!r} is what {right or 'none'} of its options mean"
    missing = [moment for moment, instant in found["moments"].items() if instant is None]
    assert not missing, f"no such instant in this run: {missing}"


def test_a_program_prints_the_same_without_us(alone: Job, results: dict[Job, Result]) -> None:
    printed = results[alone]
    if isinstance(printed, Exception):
        raise printed
    assert isinstance(printed, str)
    lesson = alone.lesson
    case = lesson.cases[alone.case]
    event = {"kind": "output.written", "seq": 0, "ts_ns": 0, "pid": 1, "stream": 1, "text": printed}
    evidence = Evidence({"source": {}, "params": lesson.validate({}, case)}, [event], Fold())
    about_output = [check for check in lesson.checks_of(case) if check["check"] in OF_OUTPUT]
    assert checks.failures(about_output, evidence) == [], printed
    assert "Traceback" not in printed or any("Traceback" in str(check) for check in lesson.checks), printed
