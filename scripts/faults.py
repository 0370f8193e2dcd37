"""Does every fault of docs/security.md to a real server, and prints what the operating system says came of it.

    python scripts/faults.py [--times 20] [--layer L1|L2 ...] [--only ROW ...] [--write docs/security.md]

The table goes to standard output and to build/faults.md. Exit code 1 where a target is missed or a fault fails.
"""

import argparse
import datetime
import os
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.faults.lab import L1, L2, NotThere, bench, check_layer  # noqa: E402 - a script finds its own checkout first
from tests.faults.rows import Result, Row, all_rows, measure  # noqa: E402

_BEGIN, _END = "<!-- faults -->", "<!-- /faults -->"
_HEAD = ("Fault", "Figure", "times", "median", "worst", "target", "verdict")
# So many rows that fail one after the other are no finding but a broken machine.
_STORM = 5


def main() -> int:
    """Measure, print, write; return the exit code."""
    rows = all_rows()
    options = _options(list(rows))
    texts, bad = [], 0
    for layer in options.layer:
        results = _measure([rows[name] for name in options.only or rows], layer, options)
        texts.append(_section(layer, results, options.times))
        bad += sum(not result.is_good and not result.not_there for result in results)
    text = "\n".join(texts)
    print(text)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "faults.md").write_text(text, "utf-8")
    if options.write:
        _replace(options.write, text)
    return 1 if bad else 0


def _options(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="Do faults to a real server, and measure.")
    parser.add_argument("--times", type=int, default=20, help="how often each (default: %(default)s)")
    parser.add_argument("--layer", action="append", choices=(L1, L2), help="default: both")
    parser.add_argument("--code", action="store_true", help="in L2 paste programs into a plain user's playground")
    parser.add_argument("--only", action="append", choices=names, metavar="ROW", help=f"one of: {', '.join(names)}")
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"replace what stands between {_BEGIN} and {_END}")
    options = parser.parse_args()
    options.layer = options.layer or [L1, L2]
    return options


def _measure(rows: list[Row], layer: str, options: argparse.Namespace) -> list[Result]:
    results: list[Result] = []
    failed = 0
    with bench(layer, options.code and layer == L2) as made:
        try:
            check_layer(made)
        except NotThere as reason:
            return [Result(row, layer, not_there=str(reason)) for row in rows]
        for row in rows:
            began_s = time.monotonic()
            result = measure(row, made, options.times)
            results.append(result)
            _tell(result, time.monotonic() - began_s)
            failed = failed + 1 if result.failures and not result.samples else 0
            if failed == _STORM:
                print(f"{_STORM} rows failed one after the other: given up.", file=sys.stderr, flush=True)
                break
    return results


def _tell(result: Result, took_s: float) -> None:
    """Say on standard error how a row went: all of it may take half an hour."""
    print(f"{result.layer} {result.row.name} ({took_s:.0f} s)", file=sys.stderr, flush=True)
    for line in result.lines():
        print("    " + " | ".join(line[1:]), file=sys.stderr, flush=True)
    for failure in result.failures:
        print(f"    failed: {failure}", file=sys.stderr, flush=True)
    if result.not_there:
        print(f"    not there: {result.not_there}", file=sys.stderr, flush=True)


def _section(layer: str, results: list[Result], times: int) -> str:
    today = datetime.date.today().isoformat()
    machine = f"Linux {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [f"**{layer}**, each {times} times, {today}, {machine}.", "", _line(_HEAD), _line(["---"] * len(_HEAD))]
    for result in results:
        lines += [_line(line) for line in result.lines()]
    notes = [f"- {result.row.title}: not there, {result.not_there}." for result in results if result.not_there]
    notes += [f"- {result.row.title}: {failure}" for result in results for failure in result.failures[:1]]
    return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _replace(file: Path, text: str) -> None:
    head, begin, rest = file.read_text("utf-8").partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (begin and end):
        sys.exit(f"{file} has no {_BEGIN} and {_END}: put them where the table is to stand.")
    file.write_text(f"{head}{begin}\n{text.strip()}\n{end}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
