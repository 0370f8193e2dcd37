"""Runs CPython's own tests plain and traced, and says which tests come out differently.

    python scripts/transparency.py [--short] [SUITE ...]

Needs interpreters that bring their tests (pyenv's do, Debian's do not). Exit code 1 where a test
differs that docs/quirks.md does not name. `--short` is what `make test` runs.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.pythons import PYTHONS  # noqa: E402 - a script finds its own checkout first

SHORT = ("test_thread", "test_queue", "test_threading_local")
FULL = (
    *SHORT,
    "test_threading",
    "test_concurrent_futures",
    "test_subprocess",
    "test_asyncio",
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
)
SUITE_TIMEOUT_S = 900
REGRTEST = "from test.libregrtest.main import main\nmain()\n"


def verdicts(command: list[str], suite: str, folder: pathlib.Path) -> dict[str, str]:
    """Run one suite; return test -> passed, failed, error or skipped."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    full = [*command, "--junit-xml", str(report), suite]
    try:
        subprocess.run(full, cwd=folder, capture_output=True, timeout=SUITE_TIMEOUT_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return {"(the whole suite)": f"not ended after {SUITE_TIMEOUT_S} s"}
    if not report.exists():
        return {"(the whole suite)": "no report"}
    found = {}
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        children = {child.tag for child in case}
        outcome = next((tag for tag in ("error", "failure", "skipped") if tag in children), "passed")
        found[case.get("name", "?")] = outcome
    return found


def compare(python: str, suite: str) -> tuple[int, list[str]]:
    """Run one suite plain and traced; return how many tests there are, and what differs, in words."""
    with tempfile.TemporaryDirectory(prefix="transparency-") as name:
        folder = pathlib.Path(name)
        program = folder / "regrtest.py"
        program.write_text(REGRTEST)
        plain = verdicts([python, str(program)], suite, folder)
        trace = [sys.executable, "-m", "concurrency_lab", "trace", "--out", str(folder / "trace.ndjson")]
        traced = verdicts([*trace, "--python", python, str(program)], suite, folder)
    differ = [
        f"{test}: {plain.get(test, 'absent')} plain, {traced.get(test, 'absent')} traced"
        for test in sorted(plain.keys() | traced.keys())
        if plain.get(test) != traced.get(test)
    ]
    return len(plain), differ


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="three quick suites, on this environment's Python only")
    parser.add_argument("suites", nargs="*")
    options = parser.parse_args()
    suites = options.suites or (SHORT if options.short else FULL)
    pythons = [sys.executable] if options.short else list(PYTHONS.values())
    named = (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    unexplained = total = 0
    for python in pythons:
        version = subprocess.run([python, "--version"], capture_output=True, text=True).stdout.split()[-1]
        if subprocess.run([python, "-c", "import test.libregrtest"], capture_output=True).returncode != 0:
            print(f"{version}: this Python came without its tests; not run", flush=True)
            continue
        for suite in suites:
            count, differ = compare(python, suite)
            total += count
            print(f"{version} {suite}: {count} tests, {len(differ)} come out differently", flush=True)
            for text in differ:
                is_named = text.partition(":")[0].rpartition(".")[2] in named
                unexplained += not is_named
                print(f"    {text}{' (see docs/quirks.md)' if is_named else ''}", flush=True)
    print(f"{total} tests compared, {unexplained} differ without a reason in docs/quirks.md")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
