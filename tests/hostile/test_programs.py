"""Every hostile program ends as it would without us, and its trace tells the truth; on every Python there is."""

import contextlib
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from concurrency_lab.trace import codec
from tests.hostile.programs import EVERYWHERE, PROGRAMS
from tests.hostile.trial import LAB, differences, is_there
from tests.pythons import PYTHONS

_AT_ONCE = 3


def chosen(version: str) -> list[str]:
    """Return the programs that are run on this Python."""
    versions = list(PYTHONS)
    return [
        name
        for number, name in enumerate(PROGRAMS)
        if name in EVERYWHERE or versions[number % len(versions)] == version
    ]


@pytest.mark.parametrize("version", PYTHONS)
def test_ends_as_without_us_and_the_trace_says_how(tmp_path: Path, version: str) -> None:
    names = chosen(version)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = pool.map(lambda name: differences(PROGRAMS[name], tmp_path / name, PYTHONS[version]), names)
        found = {name: told for name, told in zip(names, results, strict=True) if told}
    assert not found


def traced(
    folder: Path, version: str, text: str, *options: str
) -> "tuple[subprocess.CompletedProcess[bytes], list[dict]]":  # type: ignore[type-arg]
    """Trace a program; return what came out of it and its events."""
    (folder / "program.py").write_text(text)
    command = [*LAB, "trace", "--python", PYTHONS[version], "--out", "t.ndjson", *options, "program.py"]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=50)
    with open(folder / "t.ndjson", encoding="utf-8", errors="surrogatepass") as file:
        events = codec.read(file).events
    assert not [pid for pid in {event["pid"] for event in events if "pid" in event} if is_there(pid)]
    return done, events


ENDLESS = {
    "a loop": "while True: pass\n",
    "at exit": "import atexit, time\natexit.register(time.sleep, 600)\n",
    "deaf": "import signal, time\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: time.sleep(600)\n",
    "its supervisor is stopped": "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(600)\n",
}


@pytest.mark.parametrize(("number", "name"), list(enumerate(ENDLESS)))
def test_what_does_not_end_is_ended(tmp_path: Path, number: int, name: str) -> None:
    version = list(PYTHONS)[number % len(PYTHONS)]
    done, events = traced(tmp_path, version, ENDLESS[name], "--wall-seconds", "1.5", "--propagate-exit")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"after 1.5 s" in done.stderr
    assert (events[-1]["kind"], events[-1]["status"], events[-1]["signal"]) == ("run.ended", "limited", 9)


@pytest.mark.parametrize("version", PYTHONS)
def test_a_program_that_kills_its_supervisor(tmp_path: Path, version: str) -> None:
    text = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\nos.kill(os.getppid(), 9)\ntime.sleep(600)\n"
    done, events = traced(tmp_path, version, text)
    assert done.returncode == 1
    assert done.stderr == b"concurrency_lab: The supervisor of this run was killed.\n"
    assert (events[-1]["kind"], events[-1]["status"]) == ("run.ended", "interrupted")
    assert not is_there(int((tmp_path / "pid").read_text()))


def test_a_program_that_asks_its_supervisor_to_end_is_not_heard(tmp_path: Path) -> None:
    text = "import os\nfor n in (1, 2, 15): os.kill(os.getppid(), n)\nprint('still here')\n"
    done, events = traced(tmp_path, next(iter(PYTHONS)), text)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"still here\n", b"")
    assert events[-1]["status"] == "finished"


def test_an_end_of_the_terminal_ends_all(tmp_path: Path) -> None:
    """The lab itself is killed: nothing of the run is left."""
    (tmp_path / "program.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")
    command = [*LAB, "trace", "--out", "t.ndjson", "program.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        program = int(process.stdout.readline())
        process.kill()
        # The end of file comes when the program, too, has closed its output.
        assert process.stdout.read() == ""
    with contextlib.suppress(ProcessLookupError):
        os.kill(program, signal.SIGCONT)
        assert not Path(f"/proc/{program}/exe").exists()
