"""The command line as a user types it: a process of its own, its output and its exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[1]


def lab(*arguments: str, cwd: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "concurrency_lab", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        **options,
    )


def test_trace_passes_everything_through_and_writes_a_trace(tmp_path: Path) -> None:
    program = tmp_path / "echo.py"
    program.write_text("import sys\nprint(sys.stdin.read().upper(), sys.argv[1:])\nsys.exit('to stderr')\n")
    done = lab("trace", "--out", "t.ndjson", "echo.py", "--flag", "x", cwd=tmp_path, input="hello")
    assert (done.stdout, done.stderr, done.returncode) == ("HELLO ['--flag', 'x']\n", "to stderr\n", 0)
    with open(tmp_path / "t.ndjson") as file:
        trace = codec.read(file)
    assert (trace.header["program"], trace.header["argv"]) == ("echo.py", ["--flag", "x"])
    assert trace.header["source"] == {"echo.py": program.read_text()}
    assert (trace.events[-1]["status"], trace.events[-1]["exit_code"]) == ("finished", 1)


def wait_until_asleep(pid: int) -> None:
    """Wait for a program's sleep. A signal in the instant before it would be handled after it, traced or not."""
    deadline = time.monotonic() + 20
    while "nanosleep" not in Path(f"/proc/{pid}/wchan").read_text():
        assert time.monotonic() < deadline, "the program never slept"
        time.sleep(0.002)


def test_ctrl_c_reaches_the_program_and_the_trace_is_complete(tmp_path: Path) -> None:
    (tmp_path / "wait.py").write_text(
        "import os, time\ntry:\n    print(os.getpid(), flush=True)\n"
        "    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('bye')\n"
    )
    command = [sys.executable, "-m", "concurrency_lab", "trace", "--out", "t.ndjson", "wait.py"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        wait_until_asleep(int(process.stdout.readline()))
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == "bye\n"
        assert process.wait() == 0
    with open(tmp_path / "t.ndjson") as file:
        assert codec.read(file).events[-1]["exit_code"] == 0


def test_a_time_limit_ends_the_program_with_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "wait.py").write_text("import time\ntime.sleep(600)\n")
    done = lab("trace", "--out", "t.ndjson", "--wall-seconds", "0.3", "wait.py", cwd=tmp_path)
    assert done.returncode == 3
    assert "0.3 s" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trace", "nothing.py"], "There is no file nothing.py"),
        (["trace", "."], "is a folder"),
        (["trace", "--python", "/no/python", "ok.py"], "could not be run"),
        (["trace", "--wall-seconds", "-1", "ok.py"], "must be more than 0"),
        (["trace", "--out", "/no/folder/t", "ok.py"], "cannot be written"),
        (["trace", "--max-events", "0", "ok.py"], "at least 1"),
        (["trace", sys.executable], "is not a Python program"),
        (["trace", "--python", "/bin/true", "ok.py"], "could not be run"),
        (["run", "no-such-lesson"], "There is no lesson"),
        (["run", "fork-twice", "--set", "x"], "NAME=VALUE"),
        (["run", "fork-twice", "--set", "NOTHING=1"], "NOTHING"),
        (["summary", "nothing"], "cannot be read"),
        (["summary", "ok.py"], "Line 1: not JSON"),
    ],
)
def test_bad_arguments_are_said_in_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "ok.py").write_text("pass\n")
    done = lab(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_run_a_lesson_and_summarize_it(tmp_path: Path) -> None:
    listed = json.loads(lab("lessons", "--json", cwd=tmp_path).stdout)
    assert {"slug", "chapter", "order", "title", "params"} <= set(listed[0])
    done = lab("run", "fork-twice", "--out", "t.ndjson", cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    summary = json.loads(lab("summary", "--json", "t.ndjson", cwd=tmp_path).stdout)
    parent, child = summary["lanes"]
    assert (parent["exit"], child["exit"], child["parent"]) == ({"code": 0}, {"code": 3}, str(parent["pid"]))
    assert (summary["findings"], summary["dropped"]) == ([], 0)
    text = lab("summary", "t.ndjson", cwd=tmp_path).stdout
    assert str(child["pid"]) in text


def test_a_limit_on_events_ends_the_program_with_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "flood.py").write_text("import threading\nlock = threading.Lock()\nwhile True:\n    with lock: pass\n")
    done = lab("trace", "--out", "t.ndjson", "--max-events", "2000", "--propagate-exit", "flood.py", cwd=tmp_path)
    assert done.returncode == 3
    assert "2,000 events" in done.stderr
    with open(tmp_path / "t.ndjson") as file:
        events = codec.read(file).events
    assert (events[-1]["status"], events[-1]["kind"]) == ("limited", "run.ended")
    assert [event["limit"] for event in events if event["kind"] == "run.limited"] == ["events"]


def test_include_and_exclude_say_which_files_are_user_code(tmp_path: Path) -> None:
    for folder in ("mine", "theirs", "site-packages/extra"):
        (tmp_path / folder).mkdir(parents=True)
        text = "import threading\nlock = threading.Lock()\nwith lock: pass\n"
        (tmp_path / folder / f"{Path(folder).name}_part.py").write_text(text)
    (tmp_path / "main.py").write_text(
        "import sys\nsys.path += ['mine', 'theirs', 'site-packages/extra']\nimport mine_part, theirs_part, extra_part\n"
    )
    globs = ("--exclude", "theirs/*", "--include", "*/site-packages/extra/*")
    done = lab("trace", "--out", "t.ndjson", *globs, "main.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with open(tmp_path / "t.ndjson") as file:
        locked = {e.get("file") for e in codec.read(file).events if e["kind"] == "lock.created"}
    assert locked == {"mine/mine_part.py", "site-packages/extra/extra_part.py"}


@pytest.mark.parametrize(
    ("text", "code"),
    [("import sys; sys.exit(7)", 7), ("import os; os.kill(os.getpid(), 15)", -15), ("raise KeyboardInterrupt", -2)],
)
def test_propagate_exit_ends_as_the_program_ends(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "end.py").write_text(text + "\n")
    assert lab("trace", "--out", "t.ndjson", "--propagate-exit", "end.py", cwd=tmp_path).returncode == code
    assert lab("trace", "--out", "t.ndjson", "end.py", cwd=tmp_path).returncode == 0


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    (tmp_path / "tell.py").write_text("import signal\nprint(signal.getsignal(signal.SIGINT) == signal.SIG_IGN)\n")
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done = lab("trace", "--out", "t.ndjson", "tell.py", cwd=tmp_path)
    finally:
        signal.signal(signal.SIGINT, former)
    assert done.stdout == "True\n"


def test_summary_tells_what_went_wrong_in_a_trace_that_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "hang.py").write_text("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
    lab("trace", "--out", "t.ndjson", "--wall-seconds", "1", "hang.py", cwd=tmp_path)
    told = json.loads(lab("summary", "--json", "t.ndjson", cwd=tmp_path).stdout)["findings"]
    assert [(finding["code"], "line 4" in finding["text"]) for finding in told] == [("deadlock", True)]
    # A trace that nobody watched when it was made proves the same.
    header, *lines = (tmp_path / "t.ndjson").read_text().splitlines()
    events = [json.loads(line) for line in lines if '"finding.made"' not in line]
    bare = {key: value for key, value in json.loads(header).items() if key != "watched"}
    numbered = [json.dumps({**event, "seq": seq}) for seq, event in enumerate(events)]
    (tmp_path / "bare.ndjson").write_text("\n".join([json.dumps(bare), *numbered]) + "\n")
    proved = json.loads(lab("summary", "--json", "bare.ndjson", cwd=tmp_path).stdout)["findings"]
    assert [(finding["code"], finding["text"]) for finding in proved] == [(f["code"], f["text"]) for f in told]
