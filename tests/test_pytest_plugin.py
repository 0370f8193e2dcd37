"""pytest --concurrency-trace, in a pytest of its own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
    import os
    import threading

    import pytest

    def test_that_passes():
        pass

    @pytest.mark.parametrize("n", [1, 2])
    def test_that_fails_once(n):
        print("said so")
        assert n == 1

    def test_that_hangs():
        left, right = threading.Lock(), threading.Lock()
        both = threading.Barrier(2)

        def take(first, second):
            with first:
                both.wait()
                with second:
                    pass

        threads = [threading.Thread(target=take, args=pair) for pair in ((left, right), (right, left))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_whose_process_ends():
        os._exit(3)
"""


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder with a file of tests; without our own tests' plugins, which take a second each time."""
    (folder / "test_them.py").write_text(textwrap.dedent(PROGRAM))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", "concurrency_lab.pytest_plugin", "-rA", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50, check=False)


def test_a_test_that_fails_or_hangs_leaves_its_trace_and_says_what_is_wrong(tmp_path: Path) -> None:
    done = run(tmp_path, "--concurrency-trace", "--concurrency-timeout", "2", "test_them.py")
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout
    assert "3 failed, 2 passed" in said
    assert "assert 2 == 1" in said
    assert "said so" in said
    assert "deadlock: Thread-" in said
    assert "waits (line 22) for the lock" in said
    assert "It took longer than 2 s" in said
    assert "ended with exit code 3" in said
    traces = (tmp_path / "concurrency-traces").iterdir()
    kept = {path.name: codec.read(path.read_text().splitlines()).events for path in traces}
    assert sorted(kept) == [f"test_them.py-test_that_{name}.ndjson" for name in ("fails_once-2-", "hangs")] + [
        "test_them.py-test_whose_process_ends.ndjson"
    ]
    assert all(events[-1]["kind"] == "run.ended" for events in kept.values())
    for name in kept:
        assert f"replay {tmp_path / 'concurrency-traces' / name}" in said


def test_without_the_option_nothing_is_traced(tmp_path: Path) -> None:
    done = run(tmp_path, "-k", "fails or passes")
    assert "1 failed, 2 passed" in done.stdout
    assert not (tmp_path / "concurrency-traces").exists()
