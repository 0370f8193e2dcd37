"""Runs the seeded bugs and their clean twins; `python -m tests.findings.corpus` writes docs/findings.md's table."""

import contextlib
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.findings import find

FOLDER = Path(__file__).parent
BUGGY = sorted((FOLDER / "buggy").glob("*.py"))
CLEAN = sorted((FOLDER / "clean").glob("*.py"))
DOC = FOLDER.parents[1] / "docs" / "findings.md"
_BEGIN, _END = "<!-- table: written by python -m tests.findings.corpus -->\n", "<!-- end of the table -->\n"
RACE = "data-race"
# Their programs end by themselves, and what is wrong is known then: however slow the machine is.
_OF_ENDED = (RACE, "daemon-killed-mid-work", "gil-bound")
_AT_A_TIME = 4
# A program that hangs is ended after this; a clean one must have ended by itself long before its own limit.
_HANGS_S = 1.6
_CLEAN_S = 20.0


class Result(NamedTuple):
    """What was found in one program: `said` by its run, `proved` by its trace without what was said."""

    said: list[str]
    proved: list[str]
    texts: list[str]
    status: str


def expected(program: Path) -> str:
    """Return the code that a seeded bug names in its first line."""
    return program.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect: ")


def wants_races(program: Path) -> bool:
    """Return whether a program asks, by its first line, to be run with --races."""
    return program.read_text(encoding="utf-8").startswith(("# races", f"# expect: {RACE}"))


def examine(warden: Warden, program: Path, python: str = sys.executable, races: bool | None = None) -> Result:
    """Run one program; `races`: whether data races are looked for, whatever it says itself."""
    with tempfile.TemporaryDirectory() as folder:
        hangs = program in BUGGY and expected(program) not in _OF_ENDED
        limits = Limits(wall_s=_HANGS_S if hangs else _CLEAN_S)
        races = wants_races(program) if races is None else races
        spec = RunSpec(program.stem, str(program), cwd=folder, limits=limits, python=python, races=races)
        with contextlib.closing(warden.run(spec)) as stream, stream.makefile() as lines:
            events = codec.read(lines).events
    said = [event for event in events if event["kind"] == "finding.made"]
    proved = find(event for event in events if event["kind"] != "finding.made")
    return Result(
        [event["code"] for event in said],
        [finding.code for finding in proved],
        [event["text"] for event in said],
        events[-1]["status"],
    )


def examine_all(
    warden: Warden, programs: list[Path], python: str = sys.executable, races: bool | None = None
) -> dict[Path, Result]:
    """Run programs, a few at a time."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        results = pool.map(lambda program: examine(warden, program, python, races), programs)
        return dict(zip(programs, results, strict=True))


def table(results: dict[Path, Result]) -> str:
    """Return the table for docs/findings.md."""
    rows = ["| seeded bug | its code | found | false alarms of its clean twin |", "|---|---|---|---|"]
    found = 0
    for program in BUGGY:
        code = expected(program)
        twin = results[FOLDER / "clean" / program.name].said
        is_found = results[program].said == [code]
        found += is_found
        rows.append(
            f"| `{program.stem}` | {code} | {'yes' if is_found else results[program].said} | {', '.join(twin) or '–'} |"
        )
    near = [program for program in CLEAN if program.name.startswith("near_")]
    rows += [f"| | | | `{program.stem}`: {', '.join(results[program].said) or '–'} |" for program in near]
    alarms = sum(len(results[program].said) for program in CLEAN)
    rows.append(f"| **{len(BUGGY)} bugs, {len(CLEAN)} clean programs** | | **{found}** | **{alarms}** |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Run everything and write the table."""
    with Warden.start() as warden:
        results = examine_all(warden, [*BUGGY, *CLEAN])
    if "--print" in sys.argv:
        for program, result in results.items():
            print(f"{program.parent.name}/{program.stem}: {result.status}", *result.texts, sep="\n   ")
    text = DOC.read_text(encoding="utf-8")
    pattern = re.escape(_BEGIN) + ".*" + re.escape(_END)
    DOC.write_text(re.sub(pattern, lambda _: _BEGIN + table(results) + _END, text, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
