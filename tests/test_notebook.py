"""%%concurrency in a real IPython, and what it shows in a real browser."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CELL = """
import threading

done = threading.Event()
helper = threading.Thread(target=done.set, name="helper")
helper.start()
done.wait()
print("all done")
"""
# Runs cells as a notebook does, and tells what it was given to show.
SHELL = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

shell = InteractiveShell.instance()
told = []
for cell in json.loads(sys.argv[1]):
    with capture_output() as captured:
        result = shell.run_cell(cell)
    told.append({
        "stdout": captured.stdout,
        "stderr": captured.stderr,
        "html": [output.data.get("text/html") for output in captured.outputs],
        "error": repr(result.error_in_exec or result.error_before_exec or ""),
    })
print(json.dumps(told))
"""


def run_cells(folder: Path, *cells: str) -> list[dict[str, object]]:
    """Run cells in an IPython of their own; return what each printed and showed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder)}
    command = [sys.executable, "-c", SHELL, json.dumps(["%load_ext concurrency_lab", *cells])]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50, check=True)
    told: list[dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return told[1:]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    folder = tmp_path_factory.mktemp("notebook")
    return run_cells(
        folder, "%%concurrency --save cell.ndjson --lang zh\n" + CELL, "%%concurrency --what\n1", "'helper' in dir()"
    )


def test_a_cell_runs_as_a_program_and_its_replay_is_shown(shown: list[dict[str, object]]) -> None:
    cell = shown[0]
    assert (cell["stdout"], cell["stderr"], cell["error"]) == ("all done\n", "", "''")
    (page,) = cell["html"]  # type: ignore[misc]
    assert page.startswith("<div><iframe srcdoc=")
    assert 'sandbox="allow-scripts allow-downloads"' in page
    assert "各线程与进程做了什么" in page


def test_a_wrong_option_is_told_in_a_sentence(shown: list[dict[str, object]]) -> None:
    assert "--what" in str(shown[1]["error"])
    assert shown[1]["html"] == []
