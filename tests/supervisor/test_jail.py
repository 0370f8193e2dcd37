"""The jail, with real bubblewrap: what it refuses, what works in it all the same, and that nothing of it is left."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.supervisor import bwrap, jail, procfs
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from tests.pythons import PYTHONS

from .conftest import wait_until

ROOT = Path(__file__).resolve().parents[2]
PLAIN_USER = 4242
SYSTEM_PYTHON = "/usr/bin/python3"

FOUND = jail.verdict(None)
pytestmark = pytest.mark.skipif(
    not FOUND.jail_ok,
    reason="THE JAIL IS NOT TESTED: " + " ".join(layer.text for layer in FOUND.layers if not layer.ok),
)


class Jail:
    """A warden, and programs that it jails."""

    def __init__(self, warden: Warden, folder: Path) -> None:
        self.warden = warden
        self.folder = folder

    def spec(self, text: str, python: str = sys.executable, argv: tuple[str, ...] = (), **limits: Any) -> RunSpec:
        program = self.folder / "program.py"
        program.write_text(textwrap.dedent(text))
        # pytest's folders are closed to everybody else, also to the user that root hands a run over to.
        self.folder.chmod(0o755)
        limits.setdefault("wall_s", 60)
        return RunSpec("test", str(program), argv=argv, python=python, limits=Limits(**limits), jail=True)

    def record(self, text: str, **options: Any) -> tuple[codec.Trace, str]:
        """Run a program to its end; return its checked trace and what it printed."""
        with contextlib.closing(self.warden.run(self.spec(text, **options))) as stream, stream.makefile() as lines:
            trace = codec.read(lines)
        fold = Fold().feed(trace.events)
        assert fold.illegal == 0
        wait_until(lambda: not self.left(), "nothing is left of the run")
        return trace, "".join(said for *_, said in fold.output)

    def start(self, text: str) -> Any:
        """Start a program; return its stream when it has said that it is ready."""
        stream = self.warden.run(self.spec(text))
        seen = b""
        while b"ready" not in seen.partition(b"run.started")[2]:
            seen += (more := stream.recv(65536))
            assert more, seen
        return stream

    def left(self) -> list[procfs.Stat]:
        """Return every process of every run, by the OS's own list: the warden's descendants."""
        return [found for found in procfs.all_descendants(self.warden.pid) if found.state not in "ZX"]

    def named(self, name: str) -> int:
        """Return the one process below the warden that is called so, the outermost where there are more."""
        return next(found.pid for found in self.left() if found.name == name)


@pytest.fixture
def jailed(tmp_path: Path) -> Iterator[Jail]:
    with Warden.start() as warden:
        yield Jail(warden, tmp_path)


# -- what is refused ---------------------------------------------------------------------------------


def test_the_jail_withstands_every_attack() -> None:
    layers = {layer.name: layer for layer in FOUND.layers}
    assert layers["L2 jail"].text == "bubblewrap works, and the jail withstood all of 42 attacks."
    assert FOUND.uid_ok


@pytest.mark.parametrize(
    ("lines", "witness_lives", "word"),
    [
        (
            [["files: read", True, "x"], ["rights: mount", False, "went through"], [jail._FORK_BOMB, True, "x"]],
            True,
            "mount",
        ),
        ([[jail._FORK_BOMB, True, "x"]], False, "one outside was killed"),
        ([["files: read", True, "x"]], True, "ended early"),
        ([], True, "ended early"),
    ],
)
def test_a_jail_that_lets_anything_through_is_none(lines: list[Any], witness_lives: bool, word: str) -> None:
    said = {"kind": "output.written", "stream": 1, "text": "".join(json.dumps(line) + "\n" for line in lines)}
    layer = jail._judge([said, {"kind": "run.ended", "status": "finished"}], witness_lives)
    assert not layer.ok
    assert word in layer.text
    assert layer.advice


def test_the_attack_does_nothing_outside_of_a_jail() -> None:
    """Before anybody tries it: as root, outside, it would do what it says."""
    source = jail._ATTACK.read_text()
    main = source[source.index("def main()") :]
    assert main.index("sys.exit") < main.index("attack()")
    assert "os.getuid() != 65534" in main


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user to try it")
def test_as_a_plain_user_with_debians_python(tmp_path: Path) -> None:
    command = ["setpriv", "--reuid", str(PLAIN_USER), "--regid", str(PLAIN_USER), "--clear-groups"]
    reach = [
        *command,
        SYSTEM_PYTHON,
        "-c",
        f"open({str(ROOT / 'app.py')!r}); import sys; sys.exit(sys.version_info < (3, 11))",
    ]
    if shutil.which("setpriv") is None or subprocess.run(reach, stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip(f"THE JAIL IS NOT TESTED AS A PLAIN USER: {SYSTEM_PYTHON} or {ROOT} is closed to other users")
    said = subprocess.run(
        [*command, SYSTEM_PYTHON, "-m", "concurrency_lab", "doctor", "--json"], cwd=ROOT, capture_output=True, text=True
    )
    found = json.loads(said.stdout)
    assert (found["jail_ok"], found["uid_ok"], said.returncode) == (True, True, 0), said.stdout + said.stderr


def test_a_run_sees_nothing_of_the_server(jailed: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    program = """
        import os
        print(sorted(os.listdir("/")), os.listdir("/program"), os.getuid(), os.getcwd())
        print(sorted(name for name in os.environ if not name.startswith("CONCURRENCY_LAB_")))
        print(sorted(os.listdir("/lab/concurrency_lab")), [name for name in os.listdir("/proc") if name.isdigit()])
    """
    jailed.warden.close()
    monkeypatch.setenv("SECRET_KEY", "x")
    with Warden.start() as warden:
        _, said = Jail(warden, jailed.folder).record(program)
    first, second, third = said.splitlines()
    assert first.endswith("['program.py'] 65534 /tmp")
    assert "home" not in first
    assert "SECRET_KEY" not in second
    assert third == "['__init__.py', 'probes', 'supervisor', 'trace'] ['1', '2']"


# -- what works --------------------------------------------------------------------------------------

WORKS = """
    import asyncio, multiprocessing, os, signal, sys, threading, time
    from multiprocessing import shared_memory
    from multiprocessing.managers import BaseManager

    def double(number):
        return 2 * number

    def add(lock, queue, name):
        block = shared_memory.SharedMemory(name)
        with lock:
            block.buf[0] += 1
        block.close()
        queue.put(1)

    class Manager(BaseManager):
        pass

    Manager.register("box", dict, exposed=("__setitem__", "__getitem__"))

    async def ask():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(7)", stdout=-1)
        return int(await process.stdout.read()), await process.wait()

    def main():
        for method in multiprocessing.get_all_start_methods():
            context = multiprocessing.get_context(method)
            with context.Pool(2) as pool:
                assert pool.map(double, range(4)) == [0, 2, 4, 6]
            print("pool", method)
        block = shared_memory.SharedMemory(create=True, size=1 << 20)
        lock, queue = multiprocessing.Lock(), multiprocessing.Queue()
        workers = [multiprocessing.Process(target=add, args=(lock, queue, block.name)) for _ in range(3)]
        [worker.start() for worker in workers]
        assert sum(queue.get() for _ in workers) == 3
        [worker.join() for worker in workers]
        assert block.buf[0] == 3
        block.close()
        block.unlink()
        print("shared")
        manager = Manager(("127.0.0.1", 0), b"key")
        manager.start()
        box = manager.box()
        box["x"] = 5
        assert box["x"] == 5
        manager.shutdown()
        print("manager")
        assert asyncio.run(ask()) == (7, 0)
        print("asyncio")
        reader, writer = os.pipe()
        middle = os.fork()
        if middle == 0:
            if os.fork() == 0:
                while os.getppid() != 1: time.sleep(0.001)
                os.write(writer, b"%d" % os.getppid())
                os._exit(0)
            os._exit(4)
        assert os.waitpid(middle, 0)[1] >> 8 == 4
        assert os.read(reader, 9) == b"1"
        print("orphan")
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert open(f"/proc/{child}/stat").read().split()[2] == "Z"
        os.waitpid(child, 0)
        print("zombie")

    if __name__ == "__main__":
        main()
"""


def test_what_works_outside_works_inside(jailed: Jail) -> None:
    program = WORKS.replace("while os.getppid() != 1: time.sleep(0.001)", "while os.getppid() != 1: time.sleep(0.001)")
    trace, said = jailed.record(program)
    words = ["pool fork", "pool spawn", "pool forkserver", "shared", "manager", "asyncio", "orphan", "zombie"]
    assert said.splitlines() == words
    assert (trace.events[-1]["status"], trace.events[-1]["exit_code"]) == ("finished", 0)
    kinds = {(event["kind"], event["by"]) for event in trace.events}
    # What is seen from inside of Python, and what is seen from outside of it.
    assert {("lock.acquired", "probe"), ("queue.put", "probe"), ("process.forked", "probe")} <= kinds
    assert {("lane.on_cpu", "os"), ("process.orphaned", "os"), ("process.exited", "os")} <= kinds
    assert not any(event["kind"] == "run.events_dropped" for event in trace.events)


@pytest.mark.parametrize("version", sorted(PYTHONS))
def test_the_interpreter_may_live_anywhere(jailed: Jail, version: str) -> None:
    program = "import ssl, sqlite3, sys, zoneinfo; print(sys.version.split()[0], zoneinfo.ZoneInfo('UTC'))"
    trace, said = jailed.record(program, python=PYTHONS[version])
    assert said == f"{trace.header['python']} UTC\n"


def test_a_programs_own_modules_come_along(jailed: Jail) -> None:
    (jailed.folder / "helper.py").write_text("import threading\nlock = threading.Lock()\nwith lock: pass\n")
    trace, _ = jailed.record("import helper")
    assert any(event.get("file") == "helper.py" for event in trace.events)
    assert any(event["kind"] == "source.loaded" for event in trace.events)


# -- its limits --------------------------------------------------------------------------------------

BOMBS = {
    "memory_mb": (
        """
        import os, time
        for _ in range(5): os.fork()
        kept = []
        while True: kept.append(bytearray(1 << 20))
        """,
        100,
    ),
    "files": (
        """
        at = 0
        while True:
            at += 1
            open(f"/tmp/{at}", "w").close()
        """,
        5000,
    ),
    "processes": (
        """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """,
        20,
    ),
    "wall_s": (
        """
        import os, signal, time
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        for fd in (0, 1, 2): os.close(fd)
        while True: time.sleep(600)
        """,
        1,
    ),
}


@pytest.mark.parametrize("limit", BOMBS)
def test_a_limit_strikes(jailed: Jail, limit: str) -> None:
    program, most = BOMBS[limit]
    limits = {"wall_s": 60, "processes": 48, "memory_mb": 400, limit: most}
    trace, _ = jailed.record(program, **limits)
    (struck,) = (event for event in trace.events if event["kind"] == "run.limited")
    assert (struck["limit"], struck["value"]) == (limit, most)
    assert trace.events[-1]["status"] == "limited"


def test_forged_segments_and_sources_do_not_keep_the_supervisor_waiting(jailed: Jail) -> None:
    """What the program makes beside its probes' own files: pipes, folders, links, rubbish, and files that never end."""
    trace, _ = jailed.record("""
        import os
        folder = "/dev/shm/lab"
        os.mkfifo(f"{folder}/9001.0")
        os.mkdir(f"{folder}/9002.0")
        os.symlink("/dev/zero", f"{folder}/9003.0")
        with open(f"{folder}/9004.0", "wb") as file: file.write(os.urandom(1 << 16))
        os.mkfifo("/tmp/waits.py")
        for name in ("/tmp/waits.py", "/dev/zero", "/proc/1/environ", "x" * 5000):
            exec(compile("import threading\\nthreading.Lock()", name, "exec"))
        print("done")
    """)
    assert (trace.events[-1]["status"], trace.events[-1]["exit_code"]) == ("finished", 0)


# -- its end -----------------------------------------------------------------------------------------

STUBBORN = """
    import os, signal, sys, time
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for _ in range(3): os.fork()
    os.setsid() if os.getpid() != os.getsid(0) else None
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    os.kill(1, signal.SIGKILL)
    os.kill(1, signal.SIGSTOP)
    print("ready", flush=True)
    time.sleep(600)
"""


def test_stop_ends_all_and_completes_the_trace(jailed: Jail) -> None:
    with contextlib.closing(jailed.start(STUBBORN)) as stream, stream.makefile() as lines:
        stream.sendall(b"stop\n")
        assert json.loads(lines.readlines()[-1])["status"] == "stopped"
    wait_until(lambda: not jailed.left(), "nothing is left")


@pytest.mark.parametrize("victim", ["clab-keeper", "bwrap", "clab-supervisor", "stream", "warden"])
def test_whoever_is_killed_nothing_is_left(jailed: Jail, victim: str) -> None:
    stream = jailed.start(STUBBORN)
    # keeper, bubblewrap, supervisor, and 16 of the program, the first of which may be ready before the others are there
    wait_until(lambda: len(jailed.left()) >= 3 + 8, "it has grown")
    pids = [found.pid for found in jailed.left()]
    if victim == "stream":
        stream.close()
    else:
        os.kill(jailed.warden.pid if victim == "warden" else jailed.named(victim), signal.SIGKILL)
    wait_until(lambda: not [pid for pid in pids if procfs.stat(pid)], "nothing is left")
    stream.close()


def test_a_supervisor_that_is_stopped_goes_on(jailed: Jail) -> None:
    with contextlib.closing(jailed.start(STUBBORN)) as stream, stream.makefile() as lines:
        os.kill(jailed.named("clab-supervisor"), signal.SIGSTOP)
        stream.sendall(b"stop\n")
        rest = lines.readlines()
    # Its keeper wakes it, also several times; where that took half a second, it has ended the jail instead.
    assert not rest or not rest[-1].endswith("\n") or json.loads(rest[-1])["kind"] in ("run.ended", "process.killed")
    wait_until(lambda: not jailed.left(), "nothing is left")


def test_where_no_jail_can_be_made_the_run_says_so(jailed: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / "bwrap"
        broken.write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
        for path in (broken, broken.parent):
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        with Warden.start() as warden:
            trace, said = Jail(warden, jailed.folder).record("print('must not run')")
    assert (trace.events[-1]["status"], said) == ("failed", "")
    assert "No permissions to create new namespace" in trace.events[-1]["text"]


def test_a_verdict_is_kept_for_this_very_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = jail.verdict(tmp_path)
    monkeypatch.setattr(jail, "_trial", lambda: pytest.fail("tried once more"))
    assert jail.verdict(tmp_path) == first
    monkeypatch.setattr(jail, "_trial", lambda: jail.Layer("L2 jail", False, "tried anew"))
    monkeypatch.setattr(bwrap, "find_bwrap", lambda: "/bin/echo")
    assert not jail.verdict(tmp_path).jail_ok
