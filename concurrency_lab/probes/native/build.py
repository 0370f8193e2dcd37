"""Builds the accelerator for this Python, or for those named; does nothing where it is up to date.

    python -m concurrency_lab.probes.native.build [PYTHON ...]

Exit code 1 where one could not be built: the probes then are pure Python, which is slower and tells the same.
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = sorted(HERE.glob("*.c"))
SUPPORTED = ("3.11", "3.12", "3.13")
# All that the compiler needs to know of an interpreter; one that is not this one is asked.
_ASK = """
import json, sys, sysconfig
names = ("EXT_SUFFIX", "CC", "Py_GIL_DISABLED")
print(json.dumps([sys.version.split()[0], sysconfig.get_path("include"), *map(sysconfig.get_config_var, names)]))
"""


class CannotBuild(Exception):
    """Why not, and what to install: for the user, as it is."""


def build(python: str) -> str:
    """Build for one interpreter; return what was done. Raises CannotBuild."""
    version, include, suffix, compiler, is_free_threaded = _describe(python)
    target = HERE / f"_fast{suffix}"
    series = ".".join(version.split(".")[:2])
    if series not in SUPPORTED:
        raise CannotBuild(f"{python} is Python {version}. Programs can be traced on {', '.join(SUPPORTED)}.")
    if is_free_threaded:
        raise CannotBuild(f"Python {version} is a free-threaded build, on which the probes need to be pure Python.")
    if _is_up_to_date(target):
        return f"Python {version}: up to date."
    if not pathlib.Path(include, "Python.h").exists():
        raise CannotBuild(
            f"Python {version} has no header files (Debian and Ubuntu: sudo apt-get install python{series}-dev)."
        )
    _compile(_compiler(compiler or ""), include, target)
    return f"Python {version}: built {target.name}."


def _describe(python: str) -> list[str]:
    try:
        asked = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, check=True, text=True, timeout=60)
        return list(json.loads(asked.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        raise CannotBuild(f"{python} could not be run.") from None


def _is_up_to_date(target: pathlib.Path) -> bool:
    """Return whether it was built from these sources: it holds their digest (written by trace/generate.py)."""
    digest = (HERE / "record.h").read_text(encoding="utf-8").split('"')[-2]
    return target.exists() and digest.encode() in target.read_bytes()


def _compiler(of_python: str) -> list[str]:
    """Return the command that compiles: the user's choice, what Python was made with, or any."""
    for command in (os.environ.get("CC", ""), of_python, "cc", "gcc", "clang"):
        words = shlex.split(command)
        if words and shutil.which(words[0]):
            return words
    raise CannotBuild("There is no C compiler (Debian and Ubuntu: sudo apt-get install gcc libc6-dev).")


def _compile(compiler: list[str], include: str, target: pathlib.Path) -> None:
    """Compile under another name and rename it: a program that starts now must not load half a file."""
    with tempfile.TemporaryDirectory(dir=HERE, prefix="build-") as folder:
        made = pathlib.Path(folder, target.name)
        options = ["-O2", "-Wall", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{include}"]
        command = [*compiler, *options, *map(str, SOURCES), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise CannotBuild(f"{compiler[0]} failed: {said[0] if said else 'it said nothing'}")
        made.replace(target)


def main(pythons: list[str]) -> int:
    """Build for each of these interpreters, or for this one; return the exit code."""
    code = 0
    for python in pythons or [sys.executable]:
        try:
            print(build(python))
        except (CannotBuild, OSError) as error:
            print(f"The probes stay pure Python, which is slower and tells the same. {error}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
