"""Starts the program itself: fork, its own limits and environment, exec of a plain Python."""

import os
import signal
from typing import NoReturn

from concurrency_lab.supervisor import containment
from concurrency_lab.supervisor.spec import RunSpec

# As plain text: a jail begins with importing this, and pathlib would take 5 of its 40 ms.
PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
BOOT = os.path.join(PACKAGE, "probes", "boot")


# What a run that a server starts gets of the server's environment: nothing in there is a secret.
_PLAIN = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONHOME", "CONCURRENCY_LAB_NATIVE")
# Where a jailed program finds other programs, and how many it may have at once where nobody says otherwise.
_JAIL_PATH = "/usr/bin:/bin"
JAILED_PROCESSES = 64


def plain_environment() -> dict[str, str]:
    """Return what of our environment concerns any program: where things are, and in which language."""
    return {name: value for name, value in os.environ.items() if name in _PLAIN or name.startswith("LC_")}


def jail_environment(spec: RunSpec) -> dict[str, str]:
    """Return the environment of everything in a jail, the program's included."""
    path = f"{os.path.dirname(spec.python)}{os.pathsep}{_JAIL_PATH}"
    # Each of a thread's arenas would take 64 MB of the addresses that a jailed process may have.
    return {**plain_environment(), "PATH": path, "HOME": "/tmp", "TMPDIR": "/tmp", "MALLOC_ARENA_MAX": "2"}


def environment(spec: RunSpec, folder: str) -> dict[str, str]:
    """Return the program's environment: the user's or a plain one, plus what the probes need to find their way."""
    # Nothing of a lab that this one runs in; but whether the C accelerator is wanted is the user's to say.
    kept = ("CONCURRENCY_LAB_NATIVE",)
    env = dict(os.environ) if spec.inherit_environment else plain_environment()
    env = {name: value for name, value in env.items() if not name.startswith("CONCURRENCY_LAB_") or name in kept}
    former = env.get("PYTHONPATH")
    env["PYTHONPATH"] = f"{BOOT}{os.pathsep}{former}" if former else BOOT
    env["CONCURRENCY_LAB_SEGMENTS"] = folder
    env["CONCURRENCY_LAB_HOME"] = PACKAGE
    env["CONCURRENCY_LAB_PROGRAM"] = os.path.abspath(spec.program)
    env["CONCURRENCY_LAB_USER"] = os.pathsep.join(user_roots(spec))
    for name, globs in (("INCLUDE", spec.include), ("EXCLUDE", spec.exclude)):
        if globs:
            env[f"CONCURRENCY_LAB_{name}"] = "\n".join(globs)
    if spec.races:
        env["CONCURRENCY_LAB_RACES"] = "1"
    if spec.step:
        env["CONCURRENCY_LAB_STEP"] = "1"
    if spec.variables:
        env["CONCURRENCY_LAB_VARIABLES"] = "1"
    if spec.capture_output:
        # A program at a terminal writes each line at once and whole; into a pipe it would not, and
        # every fork would copy, and print again, what is still in the buffer.
        env["CONCURRENCY_LAB_TERMINAL"] = "1"
        env["PYTHONIOENCODING"] = "utf-8"
    return env


def user_roots(spec: RunSpec) -> tuple[str, ...]:
    """Return the folders whose files are the user's code."""
    return spec.user_roots or (os.path.dirname(os.path.abspath(spec.program)),)


def start_program(spec: RunSpec, folder: str, pipes: tuple[int, int] | None) -> int:
    """Start `python program argv...`; return its pid.

    `pipes`: where its standard output and error go; None: it keeps ours. Raises OSError where the
    interpreter cannot be started.
    """
    arguments = [spec.python, spec.program, *spec.argv]
    env = environment(spec, folder)
    failed_read, failed_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_program(spec, arguments, env, pipes, failed_write)
    os.close(failed_write)
    with open(failed_read, "rb") as failed:
        error = failed.read()
    if error:
        os.waitpid(pid, 0)
        raise OSError(int(error), os.strerror(int(error)), spec.python)
    return pid


def _jailed_processes(spec: RunSpec) -> int | None:
    if not spec.jail:
        return None
    return JAILED_PROCESSES if spec.limits.processes is None else spec.limits.processes


def _become_program(
    spec: RunSpec, arguments: list[str], env: dict[str, str], pipes: tuple[int, int] | None, failed: int
) -> NoReturn:
    try:
        containment.die_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_IGN if number in spec.ignored_signals else signal.SIG_DFL)
        if pipes is not None:
            os.setsid()
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.dup2(pipes[0], 1)
            os.dup2(pipes[1], 2)
            containment.restrict_program(_jailed_processes(spec), spec.lesson is not None)
        if spec.cwd:
            os.chdir(spec.cwd)
        os.execve(spec.python, arguments, env)
    except OSError as error:
        os.write(failed, str(error.errno or 1).encode())
    os._exit(127)
