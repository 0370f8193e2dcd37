"""The programs run alone, without us: with each Python that is installed, under any start method, and end in time."""

import io
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from concurrency_lab.lessons.catalogue import load_catalogue
from tests.pythons import PYTHONS

CATALOGUE = load_catalogue()
MOST_LINES = 50
SECONDS_AT_MOST = 4.0
# The machine may be busy with other things: the time is measured here with room, and exactly by benchmarks/.
TIMEOUT_S = SECONDS_AT_MOST * 3


def is_fork_twice(lines: list[str]) -> None:
    numbers = {line[:6]: re.findall(r"\d+", line) for line in lines[:3]}
    (root,) = numbers["before"]
    forked, child, parent = numbers["child:"]
    born, me = numbers["parent"]
    assert forked == "0"
    assert (child, parent) == (born, me)
    assert me == root
    assert lines[3:] == ["child:  done", f"parent: child {child} has ended with exit code 3"]


def is_pool(lines: list[str]) -> None:
    assert lines[-1] == "all done: [0, 1, 4, 9, 16, 25]"
    workers = {line.split()[5] for line in lines if " begins " in line}
    assert len(workers) <= 4
    running: set[str] = set()
    for line in lines[:-1]:
        if line.startswith("task"):
            number = line.split()[1]
            if " begins " in line:
                running.add(number)
            else:
                running.remove(number)
    assert running == set()


def is_bargain(lines: list[str]) -> None:
    assert [line.partition(":")[0] for line in lines] == ["buyer", "seller"] * 4
    assert len(set(lines)) == 8


def is_gate(lines: list[str]) -> None:
    ours = [line for line in lines if not line.startswith("main")]
    assert sorted(int(line.split()[0]) for line in ours) == list(range(10))
    assert any(line.endswith("opens the gate") for line in ours)


def is_queue(lines: list[str]) -> None:
    written = [line[-1] for line in lines if line.startswith("writer")]
    read = [line[len("reader: got ")] for line in lines if line.startswith("reader: got")]
    assert written == read == list("ABCDEF")
    assert lines[-1] == "reader: that was the last one"
    for letter in "ABCDEF":
        assert lines.index(f"writer: here comes {letter}") < next(
            number for number, line in enumerate(lines) if line.startswith(f"reader: got {letter}")
        )


EXPECTED: dict[str, Callable[[list[str]], None]] = {
    "fork-twice": is_fork_twice,
    "pool-apply-async": is_pool,
    "condition-buyer-seller": is_bargain,
    "event-ten-threads": is_gate,
    "queue-producer-consumer": is_queue,
}


def run(python: str, program: Path) -> list[str]:
    """Run it as a learner would, at a terminal, where each line is written whole; return what it printed."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with (
        open(ours, "rb", buffering=0) as terminal,
        subprocess.Popen([python, program], stdout=theirs, stderr=theirs, env=env) as process,
    ):
        os.close(theirs)
        try:
            printed = b"".join(chunks(terminal))
            assert process.wait(TIMEOUT_S) == 0
        finally:
            process.kill()
    return printed.decode().splitlines()


def chunks(terminal: io.FileIO) -> Iterator[bytes]:
    """Yield what comes until the last process has closed its end, which Linux reports as an error."""
    while select.select([terminal], [], [], TIMEOUT_S)[0]:
        try:
            chunk = terminal.read(1 << 16)
        except OSError:
            return
        if not chunk:
            return
        yield chunk
    pytest.fail(f"nothing was printed for {TIMEOUT_S} s")


def test_every_lesson_has_its_expectation() -> None:
    assert set(EXPECTED) == {lesson.slug for lesson in CATALOGUE.lessons}


@pytest.mark.parametrize("slug", EXPECTED)
@pytest.mark.parametrize("version", PYTHONS)
def test_a_program_prints_what_its_lesson_says(slug: str, version: str) -> None:
    lesson = CATALOGUE.get(slug)
    assert lesson is not None
    EXPECTED[slug](run(PYTHONS[version], lesson.program_path))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_the_pool_needs_no_fork(method: str, tmp_path: Path) -> None:
    lesson = CATALOGUE.get("pool-apply-async")
    assert lesson is not None
    program = tmp_path / "program.py"
    main = 'if __name__ == "__main__":\n'
    chosen = f"{main}    import multiprocessing\n\n    multiprocessing.set_start_method({method!r})\n"
    program.write_text(lesson.source.replace(main, chosen))
    is_pool(run(sys.executable, program))


@pytest.mark.parametrize("late", ["0.0", "0.6"])
def test_the_bargain_does_not_depend_on_who_comes_when(late: str, tmp_path: Path) -> None:
    lesson = CATALOGUE.get("condition-buyer-seller")
    assert lesson is not None
    program = tmp_path / "program.py"
    program.write_text(lesson.render(lesson.validate({"SELLER_LATE_SECONDS": late, "THINK_SECONDS": 0})))
    is_bargain(run(sys.executable, program))


def test_an_odd_number_of_threads_is_helped_out(tmp_path: Path) -> None:
    lesson = CATALOGUE.get("event-ten-threads")
    assert lesson is not None
    program = tmp_path / "program.py"
    program.write_text(lesson.render(lesson.validate({"THREADS": 3, "PATIENCE_SECONDS": 0.1})))
    lines = run(sys.executable, program)
    assert any(line.startswith("main opens the gate") for line in lines)
    assert sorted(line.split()[0] for line in lines if not line.startswith("main")) == ["0", "1", "2"]


@pytest.mark.parametrize("size", [1, 10])
def test_the_queue_of_any_size_ends(size: int, tmp_path: Path) -> None:
    lesson = CATALOGUE.get("queue-producer-consumer")
    assert lesson is not None
    program = tmp_path / "program.py"
    program.write_text(lesson.render(lesson.validate({"MAXSIZE": size, "READ_SECONDS": 0.01, "WRITE_SECONDS": 0})))
    is_queue(run(sys.executable, program))


@pytest.mark.parametrize("slug", EXPECTED)
def test_a_program_fits_on_a_slide(slug: str) -> None:
    lesson = CATALOGUE.get(slug)
    assert lesson is not None
    lines = lesson.source.splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= 115
