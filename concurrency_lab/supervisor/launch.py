"""Starts the program itself: fork, its own limits and environment, exec of a plain Python."""

import os
import pathlib
import signal
from typing import NoReturn

from concurrency_lab.supervisor import containment
from concurrency_lab.supervisor.spec import RunSpec

PACKAGE = pathlib.Path(__file__).resolve().parents[1]
BOOT = PACKAGE / "probes" / "boot"


def environment(spec: RunSpec, folder: str) -> dict[str, str]:
    """Return the program's environment: ours, plus what the probes need to find their way."""
    # Nothing of a lab that this one runs in; but whether the C accelerator is wanted is the user's to say.
    kept = ("CONCURRENCY_LAB_NATIVE",)
    env = {name: value for name, value in os.environ.items() if not name.startswith("CONCURRENCY_LAB_") or name in kept}
    former = env.get("PYTHONPATH")
    env["PYTHONPATH"] = f"{BOOT}{os.pathsep}{former}" if former else str(BOOT)
    env["CONCURRENCY_LAB_SEGMENTS"] = folder
    env["CONCURRENCY_LAB_HOME"] = str(PACKAGE)
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
            containment.restrict_program()
        if spec.cwd:
            os.chdir(spec.cwd)
        os.execve(spec.python, arguments, env)
    except OSError as error:
        os.write(failed, str(error.errno or 1).encode())
    os._exit(127)
