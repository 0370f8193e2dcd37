"""Programs that do what a tracer likes least: each ends as it would without us, and its trace tells the truth."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold

ROOT = Path(__file__).resolve().parents[1]

# name -> the program; what it prints, how it exits and its trace's end are compared with a plain run
PROGRAMS = {
    "closes-all-files": (
        "import os, threading\nos.closerange(3, 4096)\nlock = threading.Lock()\nwith lock: print('ok')\n"
    ),
    "changes-folder": "import os, threading\nos.chdir('/')\nlock = threading.Lock()\nwith lock: print(os.getcwd())\n",
    "clears-environment": (
        "import os, sys, multiprocessing, subprocess\nos.environ.clear()\n"
        "child = multiprocessing.get_context('fork').Process(target=print, args=('child',))\n"
        "child.start()\nchild.join()\n"
        "print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout)\n"
    ),
    "becomes-another-program": "import os\nos.execv('/bin/echo', ['echo', 'another'])\n",
    "exits-with-threads-running": (
        "import os, threading\nstarted = threading.Event()\n"
        "def work():\n    started.set()\n    threading.Event().wait()\n"
        "threading.Thread(target=work).start()\nstarted.wait()\nos._exit(3)\n"
    ),
    "own-excepthook": "import sys\nsys.excepthook = lambda *info: print('mine', info[0].__name__)\n1 / 0\n",
    "own-lock": (
        "import threading\nclass Mine:\n    def __enter__(self): print('in')\n    def __exit__(self, *info): pass\n"
        "threading.Lock = Mine\nwith threading.Lock(): print(type(threading.Lock()).__name__)\n"
    ),
    "binary-output": "import sys\nsys.stdout.buffer.write(bytes(range(256)) * 40)\n",
    "dies-of-segmentation-fault": (
        "import ctypes, threading\nlock = threading.Lock()\nlock.acquire()\nctypes.string_at(0)\n"
    ),
    "syntax-error": "def broken(:\n",
}


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
    # An empty path would differ from a plain run's by the present folder.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if command[1] == "-m":
        env["PYTHONPATH"] = str(ROOT)
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=50)


def traced(folder: Path, *options: str) -> "tuple[subprocess.CompletedProcess[bytes], codec.Trace, Fold]":
    """Trace program.py in this folder; return what came out of it, its trace and its fold."""
    command = [sys.executable, "-m", "concurrency_lab", "trace", "--out", "t.ndjson", *options, "program.py"]
    done = run(command, folder)
    with open(folder / "t.ndjson", encoding="utf-8", errors="surrogatepass") as file:
        trace = codec.read(file)
    return done, trace, Fold().feed(trace.events)


@pytest.mark.parametrize("name", PROGRAMS)
def test_ends_as_without_us_and_the_trace_says_how(tmp_path: Path, name: str) -> None:
    (tmp_path / "program.py").write_text(PROGRAMS[name])
    plain = run([sys.executable, "program.py"], tmp_path)
    done, trace, fold = traced(tmp_path, "--propagate-exit")
    assert (done.stdout, done.stderr, done.returncode) == (plain.stdout, plain.stderr, plain.returncode)
    ended: dict[str, Any] = trace.events[-1]
    assert (ended["kind"], ended["status"]) == ("run.ended", "finished")
    assert ended.get("exit_code", -ended.get("signal", 0)) == plain.returncode
    assert (fold.illegal, fold.dropped) == (0, 0)
    main = next(iter(fold.lanes.values()))
    assert main.exit == ({"signal": 11} if plain.returncode < 0 else {"code": plain.returncode})
    if name == "dies-of-segmentation-fault":
        assert [event["kind"] for event in trace.events].count("lock.acquired") == 1


def test_a_flood_of_output_comes_through(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("for _ in range(50):\n    print('x' * (1 << 20))\n")
    done, trace, fold = traced(tmp_path)
    assert done.returncode == 0
    assert len(done.stdout) == 50 * ((1 << 20) + 1)
    assert trace.events[-1]["exit_code"] == 0
    assert len(fold.output) + fold.dropped > 0


def test_five_hundred_children(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import os\nfor n in range(500):\n    pid = os.fork()\n    if pid == 0:\n        os._exit(n % 3)\n"
        "ends = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(500)]\nprint(sum(ends))\n"
    )
    done, _, fold = traced(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"499\n", b"")
    children = [lane for lane in fold.lanes.values() if lane.parent is not None]
    assert len(children) == 500
    assert sum((lane.exit or {})["code"] for lane in children) == 499
    assert fold.illegal == 0
