"""Runs CPython's own tests plain and traced, and says which tests come out differently.

    python scripts/transparency.py [--short] [--write] [SUITE[.MODULE] ...]

Needs interpreters that bring their tests (pyenv's do, Debian's do not). Exit code 1 where a test
differs that docs/quirks.md does not name. `--short` is what `make test` runs.
"""

import argparse
import concurrent.futures
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import transparency_run, transparency_table  # noqa: E402 - a script finds its own checkout first
from scripts.transparency_run import Part  # noqa: E402
from tests.pythons import PYTHONS  # noqa: E402

SHORT = (
    "test_thread",
    "test_queue",
    "test_threading_local",
    "test_asyncio.test_futures2",
    "test_asyncio.test_locks",
    "test_asyncio.test_queues",
)
FULL = (
    "test_thread",
    "test_queue",
    "test_threading_local",
    "test_threading",
    "test_concurrent_futures",
    "test_subprocess",
    "test_asyncio",
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
)


def main() -> int:
    """Print the table; return the exit code."""
    options = _options()
    # A shell starts what is to run in the background deaf to Ctrl-C; some tests send it to themselves.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    names = options.suites or (SHORT if options.short else FULL)
    pythons = [sys.executable] if options.short else list(PYTHONS.values())
    if options.python:
        pythons = [PYTHONS[version] for version in options.python]
    parts: list[Part] = []
    for python in pythons:
        version = subprocess.run([python, "--version"], capture_output=True, text=True).stdout.split()[-1]
        if subprocess.run([python, "-c", "import test.support"], capture_output=True).returncode != 0:
            print(f"{version}: this Python came without its tests; not run", flush=True)
            continue
        for name in names:
            found = transparency_run.parts(python, version, name)
            if not found:
                print(f"{version}: no installed Python brings a {name} for it; not run", flush=True)
            parts += found
    named = (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    repeat = options.repeat or (1 if options.short else 3)
    compare = transparency_run.Comparison(repeat, not options.as_library, options.keep)
    table = transparency_table.Table(named)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for result in concurrent.futures.as_completed([pool.submit(compare, part) for part in parts]):
            table.add(result.result())
            print(table.told(result.result()), flush=True)
    print(table.text())
    if options.write:
        transparency_table.write(ROOT / "docs" / "transparency.md", table)
    return 1 if table.unexplained else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="a few quick modules, on this environment's Python only")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/transparency.md")
    parser.add_argument("--as-library", action="store_true", help="do not let the test files count as user code")
    parser.add_argument("--repeat", type=int, help="how often a test that differs is run again, alone (3; 1 if short)")
    parser.add_argument("--jobs", type=int, default=1, help="modules that are run at a time")
    parser.add_argument("--python", action="append", metavar="3.X", help="only this version; may be said again")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep traces and reports there")
    parser.add_argument("suites", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
