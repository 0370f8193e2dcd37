"""The command line as a user types it: a process of its own, its output and its exit code."""

import gzip
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


@pytest.mark.parametrize("asked", [[], ["--variables"]])
def test_variables_are_told_where_they_are_asked_for(tmp_path: Path, asked: list[str]) -> None:
    (tmp_path / "level.py").write_text("level = 1\nprint(level)\nlevel = 2\n")
    done = lab("trace", *asked, "--out", "t.ndjson", "level.py", cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("1\n", "", 0)
    with open(tmp_path / "t.ndjson") as file:
        trace = codec.read(file)
    told = [(event.get("line"), event["value"]) for event in trace.events if event["kind"] == "variable.changed"]
    assert told == ([(2, "1"), (None, "2")] if asked else [])
    assert trace.header.get("variables", False) is bool(asked)


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
        (["trace", "--out", "ok.py", "ok.py"], "is the program itself"),
        (["trace", "--out", "/dev/full", "ok.py"], "cannot be written: No space left"),
        (["trace", "--wall-seconds", "nan", "ok.py"], "must be a number"),
        (["trace", "--wall-seconds", "soon", "ok.py"], "must be a number"),
        (["trace", "/dev/zero"], "is not a file"),
        (["trace", "--open", "--out", "-", "ok.py"], "leave out --out -"),
        (["replay", "--no-open", "ok.py"], "ok.py: Line 1: not JSON"),
        (["replay", "--no-open", "nothing"], "cannot be read: No such file"),
        (["run", "fork-twice", "--out", "/dev/full"], "cannot be written: No space left"),
        (["run", "no-such-lesson"], "There is no lesson"),
        (["run", "fork-twice", "--set", "x"], "NAME=VALUE"),
        (["run", "fork-twice", "--set", "NOTHING=1"], "NOTHING"),
        (["summary", "nothing"], "cannot be read"),
        (["summary", "ok.py"], "ok.py: Line 1: not JSON"),
        (["summary", "cut.ndjson"], "it may be cut off"),
        (["summary", "packed.gz"], "unpack it first"),
    ],
)
def test_bad_arguments_are_said_in_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    (tmp_path / "ok.py").write_text("pass\n")
    (tmp_path / "cut.ndjson").write_text('{"format":"concurrency-lab/1","ru')
    (tmp_path / "packed.gz").write_bytes(gzip.compress(b"{}"))
    done = lab(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "ok.py").read_text() == "pass\n"
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_lesson_in_a_folder_that_is_not_there_yet_is_whole(tmp_path: Path) -> None:
    made = lab("lessons", "--lessons", "mine", "new", "my-lesson", cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("mine/my-lesson is a lesson that runs.")
    checked = lab("lessons", "--lessons", "mine", "check", "my-lesson", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    again = lab("lessons", "--lessons", "mine", "new", "my-lesson", cwd=tmp_path)
    assert again.returncode != 0
    assert "There is a lesson my-lesson already" in again.stderr
    (tmp_path / "file").touch()
    assert "cannot be written" in lab("lessons", "--lessons", "file", "new", "other", cwd=tmp_path).stderr


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


def test_step_mode_says_so_in_the_trace_and_in_its_summary(tmp_path: Path) -> None:
    done = lab("run", "race-balance", "--case", "step", "--out", "t.ndjson", cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    header, *events = map(json.loads, (tmp_path / "t.ndjson").read_text().splitlines())
    times = sum(event["kind"] == "step.handed_over" for event in events)
    assert header["step"] is True
    assert times >= 20
    summary = json.loads(lab("summary", "--json", "t.ndjson", cwd=tmp_path).stdout)
    assert (summary["step"], summary["handed_over"]) == (True, times)
    text = lab("summary", "t.ndjson", cwd=tmp_path).stdout
    assert f"it handed the GIL over between read and write, {times} times." in text


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


OLD_PYTHONS = sorted(Path.home().glob(".pyenv/versions/[23].[0-9].*/bin/python"))
OLD_PYTHONS += sorted(Path.home().glob(".pyenv/versions/3.10.*/bin/python"))


@pytest.mark.skipif(not OLD_PYTHONS, reason="no Python older than 3.11 is installed here")
def test_a_python_that_is_too_old_is_named_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "mark.py").write_text("open('started', 'w')\n")
    for python in OLD_PYTHONS:
        done = lab("trace", "--python", str(python), "mark.py", cwd=tmp_path)
        assert done.returncode == 2
        assert f"is Python {python.parts[-3]}. Programs can be traced on 3.11" in done.stderr
    assert not (tmp_path / "started").exists()


def test_a_program_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("pass\n")
    (tmp_path / "secret.py").chmod(0)
    # Root may read everything: so the command line is loaded first, and becomes nobody then.
    boot = (
        "import os, sys, concurrency_lab.supervisor.client; from concurrency_lab import cli;"
        "os.setuid(65534); sys.exit(cli.main(['trace', '--out', '/dev/null', sys.argv[1]]))"
    )
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", boot, "secret.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (2, "concurrency_lab: secret.py cannot be read: Permission denied.\n")


def test_who_reads_along_gets_each_event_at_once_and_ends_the_run_by_leaving(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text(
        "import os, threading\nopen('pid', 'w').write(str(os.getpid()))\nlock = threading.Lock()\n"
        "while True:\n    with lock: pass\n"
    )
    command = [sys.executable, "-m", "concurrency_lab", "trace", "--out", "-", "long.py"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["program"] == "long.py"
        while b"lock.acquired" not in process.stdout.readline():
            pass
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_files_in_the_present_folder_are_not_taken_for_the_librarys(tmp_path: Path) -> None:
    for name in ("queue", "socket", "signal", "json", "trace", "tempfile"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is the user's file')\n")
    (tmp_path / "ok.py").write_text("print('ok')\n")
    done = lab("trace", "--out", "t.ndjson", "ok.py", cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("ok\n", "", 0)


def test_output_on_a_full_disk(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "concurrency_lab", "lessons"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "concurrency_lab: Standard output cannot be written: No space left on device.\n"
