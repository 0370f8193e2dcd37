"""The hot path in C: it tells what the Python one tells, and where it cannot be used nobody notices."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.trace import constants
from tests.probes.conftest import BOTH, PACKAGE, Lab

BUILD = PACKAGE / "probes" / "native" / "build.py"

# One thread, so that there is one order; each line does something that C does not do alone.
STEPS = """
import atexit
import functools
import gc
import os
import sys
import threading
import weakref

lock, again = threading.Lock(), threading.RLock()
locks = (lock, again)


def failing(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except BaseException as error:
        trace = error.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        return type(error).__name__, str(error), trace.tb_frame.f_code.co_name


for each in locks:
    with each as entered:
        print(entered, each.acquire(False), failing(each.acquire, True, 0.001))
    while "unlocked" not in repr(each):
        each.release()
    print(failing(each.release), failing(each.__exit__), failing(each.__exit__, None, None, None))
    for arguments in ((0,), (1,), (True, -1), (False, -1), (True, 5), (False, 5), (True, -3), ("", ), (None, 1e300)):
        print(arguments, failing(each.acquire, *arguments))
        print(failing(each.release))
    print(each.acquire(blocking=False), each.release(), each.acquire(timeout=3), each.release())
    print(each.__enter__(), each.__exit__(None, None, None), each.__enter__(), each.__exit__())
    print([failing(call, "too", "many", "for it", "altogether") is None for call in (each.release, each.__enter__)])

# From where no line of the user's runs, or only further out, or in a file that was never seen.
print(list(map(functools.partial(failing, lock.acquire), [True, False])), failing(lock.release))
exec(compile("lock.acquire()\\nlock.release()", "<made>", "exec"))
exec(compile("\\n\\nagain.acquire(); again.release()", os.path.join(os.path.dirname(__file__), "new.py"), "exec"))
exec(compile("with lock: pass", "elsewhere.py", "exec"))
condition = threading.Condition(again)
with condition:
    condition.notify_all()
    print(condition.wait(0.001))
with threading.Condition(lock) as other:
    print(other)
atexit.register(lock.release)
atexit.register(lock.acquire)

print(lock.locked(), bool(weakref.ref(lock)()), failing(type(lock)) and 0, isinstance(lock, type(lock)))
gone = [weakref.ref(made) for made in (threading.Lock(), threading.RLock())]
gc.collect()
print([reference() for reference in gone])
lock._at_fork_reinit()
print("x" * 3000, "\u2713", end="")
sys.stdout.flush()
if os.fork() == 0:
    with lock, again:
        os._exit(0)
os.wait()
"""
WAIT = STEPS.splitlines().index("os.wait()") + 1


def _told(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take out what differs between any two runs: times, and numbers of processes and threads."""
    numbers: dict[int, int] = {}
    shapes = []
    for event in events:
        if event["line"] == WAIT and event["kind"].startswith("lane."):
            # The child may have ended before.
            continue
        shape = {name: value for name, value in event.items() if name not in ("ts_ns", "native", "argv", "file")}
        for name in ("pid", "ident", "ppid", "child", "tid"):
            if name in shape:
                shape[name] = numbers.setdefault(shape[name], len(numbers))
        shape["file"] = os.path.basename(event.get("file", ""))
        for name in ("obj", "lock"):
            shape[name] = re.sub(r"^\d+", "", str(event.get(name, "")))
        shapes.append(shape)
    # What a parent and its child do at the same time has no order.
    return sorted(shapes, key=lambda shape: shape["pid"])


@pytest.mark.parametrize("accelerator", ["native"], indirect=True)
def test_it_tells_what_the_python_one_tells(lab: Lab) -> None:
    # The second run's files are compiled by then, which makes no difference but in time.
    native = lab.assert_same(STEPS)
    lab.accelerator = "pure"
    pure = lab.run(STEPS)
    assert len(native.trace.all("lock.acquired")) > 30
    assert _told(native.trace.events) == _told(pure.trace.events)


@BOTH
def test_at_the_end_of_the_stack_all_is_given_back(lab: Lab) -> None:
    lab.assert_same("""
        import threading

        lock, again = threading.Lock(), threading.RLock()

        def deep():
            with again:
                lock.acquire()
                lock.release()
                deep()

        for _ in range(3):
            try:
                deep()
            except RecursionError as error:
                print(error.args[0][:32], again, lock)
    """)


USE = """
    import threading

    lock, again = threading.Lock(), threading.RLock()
    with lock, again:
        print("held")
"""


def _copy(lab: Lab, folder: Path) -> tuple[dict[str, str], Path]:
    """Return an environment that finds a copy of the probes, and the accelerator in it."""
    home = folder / "lab"
    for room in ("trace", "probes"):
        shutil.copytree(PACKAGE / room, home / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "__init__.py", home)
    (built,) = (home / "probes" / "native").glob(f"*-{lab.version.replace('.', '')}-*.so")
    return {"CONCURRENCY_LAB_HOME": str(home), "PYTHONPATH": str(home / "probes" / "boot")}, built


def _run(lab: Lab, env: dict[str, str]) -> bool:
    """Run a program that must run and be traced all the same; return whether C was used."""
    lab.accelerator = ""
    done = lab.run(USE, **env)
    assert (done.stdout, done.stderr) == ("held\n", "")
    steps = [
        (event["kind"], event["depth"], event["line"]) for event in done.trace.all("lock.acquired", "lock.released")
    ]
    assert steps == [("lock.acquired", 1, 5), ("lock.acquired", 1, 5), ("lock.released", 0, 5), ("lock.released", 0, 5)]
    return bool(done.trace.one("process.started").get("native"))


@pytest.mark.parametrize("accelerator", ["native"], indirect=True)
def test_it_is_used_only_if_it_is_this_one(lab: Lab, tmp_path: Path) -> None:
    env, built = _copy(lab, tmp_path)
    good = built.read_bytes()
    digest = constants.NATIVE_DIGEST.encode()
    assert _run(lab, env)
    assert not _run(lab, {**env, "CONCURRENCY_LAB_NATIVE": "0"})
    for broken in (
        good.replace(digest, digest[::-1]),
        b"",
        b"not a library",
        good.replace(b"PyInit__fast", b"PyInit__slow"),
    ):
        assert broken != good
        # Another file: the one that was loaded may still be mapped.
        built.unlink()
        built.write_bytes(broken)
        assert not _run(lab, env)
    built.unlink()
    assert not _run(lab, env)


@pytest.mark.parametrize("accelerator", ["native"], indirect=True)
def test_a_second_interpreter_does_without(lab: Lab) -> None:
    lab.accelerator = ""
    done = lab.run("""
        import sys
        import threading

        lock = threading.Lock()
        inner = "import threading; lock = threading.Lock(); lock.acquire(); lock.release(); print('inner', flush=True)"
        if sys.version_info < (3, 13):
            import _xxsubinterpreters as interpreters
        else:
            import _interpreters as interpreters
        with lock:
            made = interpreters.create()
            interpreters.run_string(made, inner)
            interpreters.destroy(made)
        with lock:
            print("outer")
    """)
    assert done.stdout == "inner\nouter\n"
    assert [event.get("native", False) for event in done.trace.all("process.started")] == [True, False]
    assert [event["line"] for event in done.trace.all("lock.acquired")] == [11, 15]


@pytest.mark.parametrize("accelerator", ["native"], indirect=True)
def test_a_field_that_c_trusts_takes_nothing_else(lab: Lab) -> None:
    lab.run("""
        import threading

        for lock in (threading.Lock(), threading.RLock()):
            for name in ("_tag", "_lock")[: 1 + hasattr(lock, "_lock")]:
                for change in (lambda: setattr(lock, name, 5), lambda: delattr(lock, name)):
                    try:
                        change()
                    except TypeError:
                        continue
                    raise SystemExit(f"{name} of {lock} was changed")
            with lock:
                pass
    """)


def _build(tmp_path: Path, *pythons: str, **env: str) -> "subprocess.CompletedProcess[str]":
    folder = tmp_path / "native"
    if not folder.exists():
        shutil.copytree(BUILD.parent, folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    command = [sys.executable, str(folder / BUILD.name), *pythons]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)


def test_without_a_compiler_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    done = _build(tmp_path, PATH=str(tmp_path), CC="")
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no C compiler" in done.stderr
    assert "apt-get install gcc" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_compiler_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    done = _build(tmp_path, CC="false")
    assert done.returncode == 1
    assert "false failed" in done.stderr
    assert {path.suffix for path in (tmp_path / "native").iterdir()} == {".py", ".c", ".h"}


def test_a_python_that_cannot_be_traced_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text('#!/bin/sh\necho \'["3.9.1", "/include", ".so", "cc", null]\'\n')
    old.chmod(0o755)
    done = _build(tmp_path, str(old), "/no/such/python")
    assert done.returncode == 1
    assert "is Python 3.9.1" in done.stderr
    assert "/no/such/python could not be run" in done.stderr
