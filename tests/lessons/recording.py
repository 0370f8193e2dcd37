"""Runs lessons for the tests: many at a time, except for those whose numbers are about the machine."""

import concurrent.futures
import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from concurrency_lab.lessons.cases import Case
from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.lessons.lesson import Lesson
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec

CATALOGUE = load_catalogue()
# Most programs sleep for most of their time.
AT_ONCE = 4
# A hanging lesson's plain program is watched for so long.
HANGS_S = 2.5
PLAIN_TIMEOUT_S = 40


class Job(NamedTuple):
    """One run to be made; `python`: "" for a plain run, without us."""

    slug: str
    case: str
    python: str
    repeat: int = 0

    @property
    def lesson(self) -> Lesson:
        lesson = CATALOGUE.get(self.slug)
        assert lesson is not None
        return lesson


Result = codec.Trace | str | Exception


def make_all(warden: Warden, folder: Path, jobs: Iterable[Job]) -> dict[Job, Result]:
    """Make all these runs; return the traces, what plain runs printed, or what went wrong with one."""
    jobs = list(dict.fromkeys(jobs))

    def make(job: Job) -> Result:
        place = folder / str(jobs.index(job))
        place.mkdir()
        case = job.lesson.cases[job.case]
        try:
            if not job.python:
                return plain(job.lesson, case, place)
            return record(warden, job.lesson, case, place, job.python)
        except Exception as error:
            return error

    together = [job for job in jobs if not job.lesson.alone]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = dict(zip(together, pool.map(make, together), strict=True))
    return results | {job: make(job) for job in jobs if job.lesson.alone}


def record(warden: Warden, lesson: Lesson, case: Case, folder: Path, python: str = sys.executable) -> codec.Trace:
    """Run a case of a lesson to its end, as the server does; return its trace, checked."""
    params = lesson.validate({}, case)
    program = folder / "program.py"
    program.write_text(lesson.render(params, case), encoding="utf-8")
    spec = RunSpec(
        "test",
        str(program),
        cwd=str(folder),
        python=python,
        params=params,
        lesson=lesson.slug,
        case=case.id,
        races=lesson.finds_races,
        step=case.step,
        variables=True,
        limits=Limits(wall_s=case.wall_seconds if hangs(lesson, case) else 40),
    )
    with contextlib.closing(warden.run(spec)) as stream, stream.makefile(encoding="utf-8") as lines:
        return codec.read(lines)


def hangs(lesson: Lesson, case: Case) -> bool:
    """Return whether it is for the lab to end this program."""
    return any(check.get("status") == "limited" for check in lesson.checks_of(case))


def plain(lesson: Lesson, case: Case, folder: Path) -> str:
    """Run a case as a learner would, at a terminal, where each line is written whole; return what it printed."""
    program = folder / "program.py"
    program.write_text(lesson.render(lesson.validate({}, case), case), encoding="utf-8")
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    process = subprocess.Popen(
        [sys.executable, program], stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=env,
        cwd=folder, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    limit_s = HANGS_S if hangs(lesson, case) else PLAIN_TIMEOUT_S
    timer = threading.Timer(limit_s, _end, [process])
    timer.start()
    printed = []
    # Linux reports the end of a terminal's last writer as an error.
    with open(ours, "rb", buffering=0) as terminal, contextlib.suppress(OSError):
        while chunk := terminal.read(1 << 16):
            printed.append(chunk)
    ended_itself = timer.is_alive()
    timer.cancel()
    timer.join()
    _end(process)
    if not ended_itself and not hangs(lesson, case):
        raise TimeoutError(f"{lesson.slug} ({case.id}) does not end by itself")
    return b"".join(printed).decode().replace("\r\n", "\n")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
