"""One module of CPython's tests, plain and traced: where it is found, how it is run, what came out."""

import collections
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import BinaryIO

HERE = pathlib.Path(__file__).resolve().parent
PART_TIMEOUT_S = 400
# Where the test files lie: they are traced as a programmer's own files would be.
USER_CODE = "*/lib/python3.*/test/*"
# Not by PYTHONPATH, which the program would have, too.
COMMAND = f"import sys; sys.path.insert(0, {str(HERE.parent)!r}); from concurrency_lab import cli; sys.exit(cli.main())"
# Not a test that hangs, but one that is killed from outside, has this verdict.
NOT_ENDED = "not ended"
WHOLE = "(the whole module)"


@dataclasses.dataclass(frozen=True)
class Part:
    """A module of a suite for one Python. `lender`: the folder whose files it borrows, where its own are missing."""

    python: str
    version: str
    suite: str
    module: str
    lender: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class Differing:
    """A test with its verdicts: the first of the whole module's run, then those of it alone."""

    test: str
    plain: list[str]
    traced: list[str]

    @property
    def unsteady(self) -> str:
        """Return why it does not count as different; "" if it does."""
        if len(set(self.plain)) > 1:
            return "unsteady in plain Python"
        if len(self.traced) > 1 and set(self.traced[1:]) == set(self.plain):
            return "the same when run alone"
        return ""


@dataclasses.dataclass(frozen=True)
class Result:
    """What comparing a part gave."""

    part: Part
    verdicts: dict[str, str]
    differing: list[Differing]
    findings: dict[str, int]

    @property
    def is_broken(self) -> bool:
        """Return whether the module did not even run plain: then nothing was proven."""
        return WHOLE in self.verdicts


def _test_folder(python: str) -> pathlib.Path:
    code = "import test, os; print(os.path.dirname(test.__file__))"
    return pathlib.Path(subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip())


def parts(python: str, version: str, name: str) -> list[Part]:
    """Return the modules of a suite, or the one that is named with a dot; empty if nobody has it."""
    suite, _, chosen = name.partition(".")
    folder = _test_folder(python)
    lender = None
    if not (folder / suite).exists() and not (folder / f"{suite}.py").exists():
        lender = folder = _lender(suite, version)
        if lender is None:
            return []
    prefix = suite if lender else f"test.{suite}"
    if (folder / suite).is_dir():
        modules = [f"{prefix}.{path.stem}" for path in sorted((folder / suite).glob("test_*.py"))]
    else:
        modules = [prefix]
    return [
        Part(python, version, suite, module, lender) for module in modules if chosen in ("", module.rpartition(".")[2])
    ]


def _lender(suite: str, version: str) -> pathlib.Path | None:
    """Return the test folder of another installed Python that has the suite.

    3.11.7 and 3.12.1 were released without installing the folders that some suites had just become. A
    newer version's multiprocessing suites consist of imports only; other newer suites use newer helpers.
    """
    folders = {
        tuple(map(int, path.parents[2].name.split("."))): path
        for path in pathlib.Path.home().glob(".pyenv/versions/3.*.*/lib/python3.*/test")
        if (path / suite).is_dir() or (path / f"{suite}.py").exists()
    }
    own = tuple(map(int, version.split(".")))
    newer = sorted(key for key in folders if key > own)
    older = sorted((key for key in folders if key < own), reverse=True)
    order = newer + older if suite.startswith("test_multiprocessing") else older + newer
    return folders[order[0]] if order else None


class Comparison:
    """Runs parts plain and traced; call it with one."""

    def __init__(self, repeat: int, is_user_code: bool, keep: pathlib.Path | None) -> None:
        self._repeat = repeat
        self._trace_options = ["--include", USER_CODE] if is_user_code else []
        self._keep = keep

    def __call__(self, part: Part) -> Result:
        with tempfile.TemporaryDirectory(prefix="transparency-", ignore_cleanup_errors=True) as name:
            folder = pathlib.Path(name)
            self._furnish(folder, part)
            plain = self._verdicts(part, folder, False)
            traced = self._verdicts(part, folder, True)
            # What was left out when a traced run broke is run none the less, so that each has its verdict.
            while WHOLE not in plain and WHOLE in traced and (rest := [test for test in plain if test not in traced]):
                del traced[WHOLE]
                more = self._verdicts(part, folder, True, *rest)
                traced = more | traced
                if WHOLE in more and len(more) == 1:
                    break
            findings = _findings(folder / "trace.ndjson")
            if self._keep:
                kept = self._keep / f"{part.version}-{part.module}"
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("cwd*"))
            different = sorted(test for test in plain.keys() | traced.keys() if plain.get(test) != traced.get(test))
            differing = [
                self._again(part, folder, test, plain.get(test, "absent"), traced.get(test, "absent"))
                for test in different
            ]
        return Result(part, plain, differing, findings)

    def _furnish(self, folder: pathlib.Path, part: Part) -> None:
        shutil.copy(HERE / "transparency_part.py", folder)
        if part.lender is None:
            return
        source = part.lender / part.suite
        if source.is_dir():
            shutil.copytree(source, folder / part.suite, ignore=shutil.ignore_patterns("__pycache__"))
            # It only says on which systems the suite is to be skipped, by helpers of its own version.
            (folder / part.suite / "__init__.py").write_text("")
        else:
            shutil.copy(source.with_suffix(".py"), folder)

    def _again(self, part: Part, folder: pathlib.Path, test: str, plain: str, traced: str) -> Differing:
        found = Differing(test, [plain], [traced])
        for _ in range(self._repeat):
            for verdicts, is_traced in ((found.plain, False), (found.traced, True)):
                verdicts.append(self._verdicts(part, folder, is_traced, test).get(test, "absent"))
        return found

    def _verdicts(self, part: Part, folder: pathlib.Path, is_traced: bool, *only: str) -> dict[str, str]:
        """Run the tests; return test -> its verdict."""
        label = ("traced" if is_traced else "plain") + ("-again" if only else "")
        report = folder / f"{label}.report"
        command = [part.python]
        if is_traced:
            trace = "again.ndjson" if only else "trace.ndjson"
            command = [sys.executable, "-c", COMMAND, "trace", "--out", str(folder / trace)]
            command += [*self._trace_options, "--python", part.python]
        command += [str(folder / "transparency_part.py"), str(report), str(PART_TIMEOUT_S), part.module, *only]
        working = pathlib.Path(tempfile.mkdtemp(prefix="cwd", dir=folder))
        with open(folder / f"{label}.output", "wb") as output:
            _run(command, working, output)
        return _read(report)


def _run(command: list[str], cwd: pathlib.Path, output: BinaryIO) -> None:
    """Run a command in a process group of its own, and leave nothing of the group behind."""
    process = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PART_TIMEOUT_S + 60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(report: pathlib.Path) -> dict[str, str]:
    """Return test -> verdict; of several by one name, the second is `name (2)`."""
    verdicts: dict[str, str] = {}
    begun: collections.Counter[str] = collections.Counter()
    if not report.exists():
        return {WHOLE: "no report"}
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            name = fields["test"]
            begun[name] += "at_ns" in fields
            key = name if begun[name] < 2 else f"{name} ({begun[name]})"
            if fields.get("verdict") == "ended":
                return verdicts
            # Of a test with several failing parts, the first is enough.
            if verdicts.get(key) in (None, NOT_ENDED, "passed"):
                verdicts[key] = fields.get("verdict", NOT_ENDED)
    verdicts[WHOLE] = NOT_ENDED
    return verdicts


def _findings(trace: pathlib.Path) -> dict[str, int]:
    """Return how often each finding was made."""
    counts: collections.Counter[str] = collections.Counter()
    with trace.open(encoding="utf-8", errors="surrogatepass") as lines:
        counts.update(json.loads(line)["code"] for line in lines if '"finding.made"' in line)
    return dict(counts)
