"""Bad input by the ten thousands (make fuzz): a table of what it did to each target, on stdout and in build/fuzz.md."""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fuzz import harness, targets  # noqa: E402 - it is found by the line above

BEGIN, END = "<!-- fuzz -->", "<!-- /fuzz -->"


def main() -> int:
    """Try what the arguments say; return 1 when something went wrong."""
    options = _parser().parse_args()
    if options.again is not None or options.number is not None:
        return _again(options)
    if options.one:
        print(json.dumps(_measure(options.target[0], options.cases, options.seed)))
        return 0
    names = options.target or list(targets.TARGETS)
    began_s = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda name: _in_process_of_its_own(name, options), names))
    table = _table(rows, options, time.monotonic() - began_s)
    print(table)
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "fuzz.md").write_text(table)
    if options.write:
        _write(options.write, table)
    return 1 if any(row.get("wrong") for row in rows) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cases", type=int, default=100_000, metavar="N", help="for each target (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same cases (default: %(default)s)")
    parser.add_argument(
        "--target", action="append", choices=list(targets.TARGETS), help="only this one; may be said again"
    )
    parser.add_argument("--jobs", type=int, default=2, help="targets at the same time (default: %(default)s)")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help=f"put the table between {BEGIN} and {END} of a file, too"
    )
    parser.add_argument("--again", metavar="CASE", help="try one case, as it was printed")
    parser.add_argument("--number", type=int, metavar="N", help="try the case of this number of the seed")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    return parser


def _in_process_of_its_own(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one target where no other target's memory is counted."""
    command = [sys.executable, __file__, "--one", "--target", name]
    command += ["--cases", str(options.cases), "--seed", str(options.seed)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    row: dict[str, Any] = {"target": name, "wrong": [f"the fuzzer ended with {done.returncode}"]}
    if done.returncode == 0:
        row = json.loads(done.stdout.splitlines()[-1])
    wrong = row.get("wrong", ())
    print("\n".join((f"{name}: {row.get('cases', 0)} cases, {len(wrong)} wrong", *wrong)), file=sys.stderr, flush=True)
    return row


def _measure(name: str, cases: int, seed: int) -> dict[str, Any]:
    try:
        return harness.run(targets.TARGETS[name](seed), cases)._asdict()
    except harness.NotThere as missing:
        return {"target": name, "not_there": str(missing)}


def _again(options: argparse.Namespace) -> int:
    target = targets.TARGETS[options.target[0]](options.seed)
    if options.again is not None:
        # inf and nan are how Python prints them, but are no literals.
        case = eval(options.again, {"inf": float("inf"), "nan": float("nan"), "__builtins__": {}})
    else:
        case = target.make(harness.Maker(f"{options.seed} {target.name} {options.number}"))
    with target.ready():
        problem = harness.trial(target, case)
    print(problem or "nothing is wrong with this case")
    return 1 if problem else 0


def _table(rows: list[dict[str, Any]], options: argparse.Namespace, seconds: float) -> str:
    lines = [
        "| bad input | cases | 5xx | hangs | tracebacks | RSS growth | log lines/s | slowest answer | result |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "cases" not in row:
            said = f"not there: {row['not_there']}" if "not_there" in row else row["wrong"][0]
            lines.append(f"| {row['target']} | 0 | | | | | | | {said} |")
            continue
        slowest = f"{row['slowest_answer_ms']:.0f} ms" if row["slowest_answer_ms"] else "-"
        rate = row["log_lines"] / max(1.0, row["seconds"])
        result = f"{len(row['wrong'])} wrong" if row["wrong"] else "ok"
        lines.append(
            f"| {row['target']} | {row['cases']:,} | {row['errors_5xx']} | {row['hangs']} "
            f"| {row['tracebacks']} "
            f"| {max(0.0, row['rss_growth_mb']):.1f} MB | {rate:.2f} | {slowest} | {result} |"
        )
    lines.append(f"\nseed {options.seed}, {seconds:.0f} s, Python {sys.version.split()[0]}\n")
    return "\n".join(lines)


def _write(file: Path, table: str) -> None:
    text = file.read_text("utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{file} has no place for the table: {BEGIN} ... {END}.")
    file.write_text(f"{before}{BEGIN}\n{table}{END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
