"""Runs real programs under the probes, on every Python that is installed here."""

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.probes import reader

PACKAGE = Path(__file__).resolve().parents[2] / "concurrency_lab"
VERSIONS = ("3.11", "3.12", "3.13")
_PATIENCE_S = 50


def _find_pythons() -> dict[str, str]:
    """Return version -> interpreter: this one, and what pyenv and PATH have."""
    found = {f"{sys.version_info[0]}.{sys.version_info[1]}": sys.executable}
    for version in VERSIONS:
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        path = str(pyenv[-1]) if pyenv else shutil.which(f"python{version}")
        if path is not None:
            found.setdefault(version, path)
    return {version: path for version, path in sorted(found.items()) if version in VERSIONS}


PYTHONS = _find_pythons()


def pytest_report_header() -> str:
    missing = [version for version in VERSIONS if version not in PYTHONS]
    return f"probes are tested on Python {', '.join(PYTHONS)}" + (
        f"; NOT installed, so not tested: {', '.join(missing)}" if missing else ""
    )


class Result(NamedTuple):
    """What a program did."""

    code: int
    stdout: str
    stderr: str
    trace: reader.Trace


# For families of which the accelerator does a part: their tests run with it and without it.
BOTH = pytest.mark.parametrize("accelerator", ["native", "pure"], indirect=True)


class Lab:
    """One Python and a folder for programs."""

    def __init__(self, python: str, version: str, folder: Path, accelerator: str = "") -> None:
        self.python = python
        self.version = version
        self.accelerator = accelerator
        self.folder = folder
        self.segments = folder / "segments"
        self.segments.mkdir()
        self.programs = folder / "programs"
        self.programs.mkdir()

    def environment(self, **more: str) -> dict[str, str]:
        """Return what the supervisor gives a program."""
        return {
            **self._plain_environment(),
            "PYTHONPATH": str(PACKAGE / "probes" / "boot"),
            "CONCURRENCY_LAB_SEGMENTS": str(self.segments),
            "CONCURRENCY_LAB_HOME": str(PACKAGE),
            "CONCURRENCY_LAB_USER": str(self.programs),
            **({"CONCURRENCY_LAB_NATIVE": "0"} if self.accelerator == "pure" else {}),
            **more,
        }

    def _plain_environment(self) -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}

    def write(self, source: str, name: str = "program.py") -> Path:
        """Write a program."""
        path = self.programs / name
        path.write_text(textwrap.dedent(source))
        return path

    def start(self, source: str, *args: str, **more: str) -> "subprocess.Popen[str]":
        """Start a traced program with pipes."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [self.python, str(self.write(source)), *args],
            env=self.environment(**more), stdin=pipe, stdout=pipe, stderr=pipe, text=True,
        )  # fmt: skip

    def trace(self) -> reader.Trace:
        """Return what has been written until now."""
        return reader.Trace(reader.read(self.segments))

    def run(self, source: str, *args: str, code: int | None = 0, **more: str) -> Result:
        """Run a traced program to its end; no probe of ours may fail in it."""
        for path in self.segments.iterdir():
            path.unlink()
        done = self._run(self.write(source), args, self.environment(**more))
        trace = self.trace()
        assert not trace.all("warning.raised"), trace.all("warning.raised")
        assert code in (None, done.returncode), done.stderr
        if self.accelerator:
            started = trace.all("process.started")
            assert [
                event for event in started if event.get("native", False) is not (self.accelerator == "native")
            ] == []
        return Result(done.returncode, done.stdout, done.stderr, trace)

    def run_plain(self, source: str, *args: str) -> Result:
        """Run the program without us."""
        done = self._run(self.write(source), args, self._plain_environment())
        return Result(done.returncode, done.stdout, done.stderr, reader.Trace([]))

    def _run(self, path: Path, args: tuple[str, ...], env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        command = [self.python, str(path), *args]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)

    def assert_same(self, source: str, *args: str) -> Result:
        """Run a program with and without us: exit code, output and errors must be the same."""
        plain = self.run_plain(source, *args)
        traced = self.run(source, *args, code=None)
        assert traced.code == plain.code, traced.stderr
        assert _neutral(traced.stdout) == _neutral(plain.stdout)
        assert _neutral(traced.stderr) == _neutral(plain.stderr)
        return traced


def _neutral(text: str) -> str:
    """Take out what differs between any two runs: addresses, process numbers, remaining time."""
    return re.sub(r"(0x|pid=|parent=|owner=|started |after 0\.0)[0-9a-f]+", r"\1", text)


@pytest.fixture(scope="session")
def cannot_build() -> dict[str, str]:
    """Build the accelerator for every Python here; return version -> why that could not be done, or ""."""
    command = [sys.executable, "-m", "concurrency_lab.probes.native.build"]
    return {
        version: subprocess.run([*command, python], cwd=PACKAGE.parent, capture_output=True, text=True).stderr
        for version, python in PYTHONS.items()
    }


@pytest.fixture
def accelerator(request: pytest.FixtureRequest) -> str:
    """Return "native" or "pure" where a test asks for it (BOTH); "" is as in a lab: native if it could be built."""
    return getattr(request, "param", "")


@pytest.fixture(params=list(PYTHONS))
def lab(request: pytest.FixtureRequest, tmp_path: Path, accelerator: str, cannot_build: dict[str, str]) -> Lab:
    version = request.param
    why = cannot_build[version]
    if accelerator == "native" and ("no C compiler" in why or "no header files" in why):
        pytest.skip(f"the accelerator is not tested: {why}")
    return Lab(PYTHONS[version], version, tmp_path, accelerator)
