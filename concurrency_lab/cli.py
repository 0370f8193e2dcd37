"""The command line: python -m concurrency_lab COMMAND."""

import argparse
import contextlib
import errno
import gc
import json
import math
import os
import resource
import secrets
import shutil
import signal
import stat
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from concurrency_lab import __version__, doctor
from concurrency_lab.trace import codec
from concurrency_lab.trace.summary import as_text, summarize

OK, BROKEN, BAD_ARGUMENTS, LIMITED = 0, 1, 2, 3
_EXIT_CODES = {"limited": LIMITED, "failed": BAD_ARGUMENTS, "interrupted": BROKEN}
_RACES_HELP = "find data races, too: watches who uses which variable, which slows the program down many times"
_STEP_HELP = (
    "step mode: hold real threads between a read and a write of a variable, so that another one runs there, as Python "
    "allows; finds data races, too"
)
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# What a disk says that takes no more.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class UsageError(Exception):
    """What was asked for cannot be done; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments[:1] == ["serve"]:
        from concurrency_lab.web import serve

        return serve.main(arguments[1:])
    if arguments[:1] == ["replay"]:
        from concurrency_lab.web import serve

        return serve.replay(arguments[1:])
    if arguments[:1] == ["worker"]:
        from concurrency_lab.web import work

        return work.main(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        code = int(options.command(options))
        sys.stdout.flush()
    except (UsageError, codec.TraceError) as error:
        print(f"concurrency_lab: {error}", file=sys.stderr)
        return BAD_ARGUMENTS
    except BrokenPipeError:
        # Whoever read our output has had enough; there is nobody left to tell.
        _forget_output()
        return OK
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _forget_output()
        print(f"concurrency_lab: Standard output cannot be written: {error.strerror}.", file=sys.stderr)
        return BAD_ARGUMENTS
    return code


def _forget_output() -> None:
    """Let what is still in the buffer go nowhere, or the interpreter fails once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="concurrency_lab", description="Real processes and threads on a live timeline."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    commands.add_parser("serve", help="serve the lab in the browser (same as python app.py)", add_help=False)

    commands.add_parser("worker", help="lead runs that servers on other machines are asked for", add_help=False)

    lessons = commands.add_parser("lessons", help="list the lessons; make one (new SLUG); say what is missing (check)")
    lessons.add_argument("--json", action="store_true", help="as JSON")
    _takes_lessons(lessons)
    lessons.add_argument("action", nargs="?", choices=("list", "new", "check"), default="list")
    lessons.add_argument("slug", nargs="?", metavar="SLUG", help="the lesson to make or to check")
    lessons.set_defaults(command=_lessons)

    run = commands.add_parser("run", help="run a lesson, write its trace")
    _takes_lessons(run)
    run.add_argument("--case", metavar="ID", help="one of its variants and tries")
    run.add_argument("lesson", metavar="LESSON", help="its slug, as `lessons` lists it")
    run.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="set a parameter")
    run.add_argument("--out", metavar="FILE", default="-", help="where the trace goes (default: - standard output)")
    run.add_argument("--races", action="store_true", help=_RACES_HELP)
    run.add_argument("--step", action="store_true", help=_STEP_HELP)
    run.set_defaults(command=_run)

    trace = commands.add_parser("trace", help="run any program of yours, write its trace")
    trace.add_argument("--out", metavar="FILE", help="where the trace goes (default: PROGRAM.ndjson, - is stdout)")
    trace.add_argument("--open", action="store_true", help="show the trace in the browser when the program has ended")
    trace.add_argument("--wall-seconds", type=_positive, metavar="S", help="end the program after S seconds")
    trace.add_argument("--max-events", type=_positive_int, metavar="N", help="end the program after N events")
    for option, what in (("--include", "files that are your code, too"), ("--exclude", "files that are not your code")):
        trace.add_argument(option, action="append", default=[], metavar="GLOB", help=what)
    trace.add_argument("--races", action="store_true", help=_RACES_HELP)
    trace.add_argument("--step", action="store_true", help=_STEP_HELP)
    trace.add_argument("--variables", action="store_true", help="tell at its events what values its globals have, too")
    trace.add_argument("--propagate-exit", action="store_true", help="end as the program ended")
    trace.add_argument("--python", default=sys.executable, metavar="PATH", help="the interpreter to run it with")
    trace.add_argument("program", metavar="PROGRAM.py")
    trace.add_argument("argv", nargs=argparse.REMAINDER, metavar="ARG", help="its arguments")
    trace.set_defaults(command=_trace)

    commands.add_parser("replay", help="show a recorded trace in the browser", add_help=False)

    examined = commands.add_parser("doctor", help="say how well runs are contained here, and what to do")
    doctor.add_options(examined)
    examined.set_defaults(command=doctor.examine)

    merge = commands.add_parser("merge", help="make one trace of programs that ran at the same time")
    merge.add_argument("files", nargs="+", metavar="FILE", help="a trace of one of them, from this machine")
    merge.add_argument("--out", metavar="FILE", default="-", help="where the trace goes (default: - standard output)")
    merge.set_defaults(command=_merge)

    export = commands.add_parser("export", help="write a trace in another format")
    export.add_argument("file", metavar="FILE", help="a trace, plain or packed by gzip")
    export.add_argument("--to", required=True, metavar="NAME", help="perfetto, svg, html, ndjson or csv")
    export.add_argument("--out", metavar="FILE", help="where it goes (- is stdout; a name in .gz: packed by gzip)")
    export.add_argument("--lang", choices=("en", "zh"), default="en", help="in which language it speaks (html: first)")
    export.set_defaults(command=_export)

    summary = commands.add_parser("summary", help="tell a trace's lanes, time per state, resources and findings")
    summary.add_argument("file", metavar="FILE")
    summary.add_argument("--json", action="store_true", help="as JSON")
    summary.set_defaults(command=_summary)
    return parser


def _takes_lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lessons", action="append", default=[], metavar="DIR", help="a folder with further lessons")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError("must be a number, and must be more than 0")
    return value


def _positive_int(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(text)


# -- lessons -----------------------------------------------------------------------------------------


def _catalogue(options: argparse.Namespace) -> Any:
    from concurrency_lab.lessons.catalogue import load_catalogue

    catalogue = load_catalogue(options.lessons)
    for problem in catalogue.problems:
        print(f"concurrency_lab: a lesson is left out: {problem}", file=sys.stderr)
    return catalogue


def _lessons(options: argparse.Namespace) -> int:
    if options.action == "new":
        return _new_lesson(options)
    catalogue = _catalogue(options)
    if options.action == "check":
        return _check_lessons(options, catalogue)
    if options.json:
        listed = [
            {
                "slug": lesson.slug,
                "chapter": lesson.chapter,
                "order": lesson.order,
                "title": lesson.title,
                "params": [param.as_json() for param in lesson.params],
            }
            for lesson in catalogue.lessons
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        for lesson in catalogue.lessons:
            print(f"{lesson.slug:28} {lesson.title['en']}  {lesson.title['zh']}")
    return OK


def _new_lesson(options: argparse.Namespace) -> int:
    from concurrency_lab.lessons.catalogue import CannotMake

    if not options.slug:
        raise UsageError("Say what the lesson is to be called: lessons new SLUG.")
    base = options.lessons[0] if options.lessons else None
    try:
        if base is not None:
            Path(base).mkdir(parents=True, exist_ok=True)
        folder = _catalogue(options).new_lesson(base, options.slug)
    except CannotMake as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written: {error.strerror}.") from None
    print(f"{folder} is a lesson that runs. Change it, and ask `lessons check {options.slug}` what is missing.")
    return OK


def _check_lessons(options: argparse.Namespace, catalogue: Any) -> int:
    lessons = catalogue.lessons
    if options.slug:
        lessons = [_lesson(options.slug, catalogue)]
    lacking = 0
    for lesson in lessons:
        for sentence in catalogue.shortcomings(lesson):
            lacking += 1
            print(f"{lesson.slug}/{sentence}")
    print(f"{len(lessons)} lessons, {lacking} shortcomings, {len(catalogue.problems)} left out")
    return BROKEN if lacking or catalogue.problems else OK


def _lesson(slug: str, catalogue: Any) -> Any:
    lesson = catalogue.get(slug)
    if lesson is None:
        raise UsageError(f"There is no lesson {slug!r}. `lessons` lists them all.")
    return lesson


# -- run and trace -----------------------------------------------------------------------------------


def _run(options: argparse.Namespace) -> int:
    from concurrency_lab.lessons.catalogue import ParamError
    from concurrency_lab.supervisor.spec import Limits, RunSpec

    lesson = _lesson(options.lesson, _catalogue(options))
    case = lesson.cases.get(options.case or lesson.first.id)
    if case is None:
        raise UsageError(f"{lesson.slug} has no case {options.case!r}; it has {', '.join(lesson.cases)}.")
    try:
        params = lesson.validate(dict(_assignment(text) for text in options.set), case)
    except ParamError as error:
        raise UsageError(" ".join(f"{name}: {text['en']}" for name, text in error.errors)) from None
    with tempfile.TemporaryDirectory(prefix="concurrency-lab-run-") as folder:
        program = Path(folder, "program.py")
        program.write_text(lesson.render(params, case), encoding="utf-8")
        spec = RunSpec(
            run_id=secrets.token_hex(6),
            program=str(program),
            cwd=folder,
            params=params,
            lesson=lesson.slug,
            case=case.id,
            limits=Limits(wall_s=case.wall_seconds, processes=256, memory_mb=1024, output_bytes=16 << 20),
            capture_output=True,
            races=options.races or lesson.finds_races,
            step=options.step or case.step,
            variables=True,
        )
        return _record(spec, options.out)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set takes NAME=VALUE, not {text!r}.")
    return name, value


def _trace(options: argparse.Namespace) -> int:
    from concurrency_lab.supervisor.spec import Limits, RunSpec

    _check_program(options.program)
    out = options.out or Path(options.program).with_suffix(".ndjson").name
    if out != "-" and os.path.exists(out) and os.path.samefile(out, options.program):
        raise UsageError(f"{out} is the program itself. Give another file for the trace with --out.")
    spec = RunSpec(
        run_id=secrets.token_hex(6),
        program=options.program,
        argv=tuple(options.argv),
        # A bare name is looked for as the shell would.
        python=shutil.which(options.python) or options.python,
        limits=Limits(wall_s=options.wall_seconds, events=options.max_events),
        capture_output=False,
        include=tuple(map(_absolute, options.include)),
        exclude=tuple(map(_absolute, options.exclude)),
        races=options.races,
        step=options.step,
        variables=options.variables,
        ignored_signals=tuple(number for number in _TERMINAL_SIGNALS if signal.getsignal(number) == signal.SIG_IGN),
    )
    if options.open and (out == "-" or options.propagate_exit):
        raise UsageError("--open shows a trace in a file: leave out --out - and --propagate-exit.")
    code = _record(spec, out, options.propagate_exit)
    if out != "-" and options.out is None:
        print(f"Trace written to {out}", file=sys.stderr)
    if options.open:
        from concurrency_lab.web import serve

        serve.replay([out])
    return code


def _absolute(glob: str) -> str:
    """Return a pattern for whole paths: `vendor/*` means that of the present folder."""
    return glob if glob.startswith("*") else os.path.abspath(glob)


def _check_program(program: str) -> None:
    try:
        mode = os.stat(program).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            # Reading a pipe to look at it would take the program away from Python.
            raise UsageError(f"{program} is not a file. Save the program in a file first.")
        with open(program, "rb") as file:
            is_text = b"\0" not in file.read(4096)
    except FileNotFoundError:
        raise UsageError(f"There is no file {program or 'without a name'}.") from None
    except IsADirectoryError:
        raise UsageError(f"{program} is a folder. Give the Python file to run.") from None
    except OSError as error:
        raise UsageError(f"{program} cannot be read: {error.strerror}.") from None
    # Python runs archives and compiled files, too.
    if not (is_text or program.endswith(".pyc") or zipfile.is_zipfile(program)):
        raise UsageError(f"{program} is not a Python program. Give the Python file to run.")


def _record(spec: Any, out: str, propagate: bool = False) -> int:
    """Run `spec` and write its trace to `out`; return the exit code, or end as the program did (`propagate`)."""
    from concurrency_lab.record import NotStarted, copy
    from concurrency_lab.supervisor.client import running
    from concurrency_lab.supervisor.header import PythonError

    # Ctrl-C is for the program: what it makes of it decides how the run ends.
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with _writer(out) as file, running(spec) as stream:
            ended = copy(stream, file)
    except (PythonError, NotStarted) as error:
        raise UsageError(str(error)) from None
    finally:
        signal.signal(signal.SIGINT, former)
    if "text" in ended:
        print(f"concurrency_lab: {ended['text']}", file=sys.stderr)
    if propagate and ended["status"] == "finished":
        return _end_like(ended)
    return _EXIT_CODES.get(ended["status"], OK)


def _end_like(ended: dict[str, Any]) -> int:
    """Return the program's exit code; if a signal ended it, end by the same signal."""
    if "signal" in ended:
        sys.stdout.flush()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = ended["signal"]
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    return int(ended.get("exit_code", 128 + ended.get("signal", 0)))


@contextlib.contextmanager
def _writer(out: str) -> Iterator[BinaryIO]:
    if out == "-":
        yield sys.stdout.buffer
        return
    try:
        file = open(out, "wb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise UsageError(f"{out} cannot be written: {error.strerror}.") from None
    try:
        with file:
            yield file
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise UsageError(f"{out} cannot be written: {error.strerror}. The run was ended.") from None


# -- merge -------------------------------------------------------------------------------------------


def _merge(options: argparse.Namespace) -> int:
    from concurrency_lab.trace.merging import MergeError, merge

    traces = []
    for name in options.files:
        try:
            with open(name, encoding="utf-8", errors="surrogatepass") as file:
                traces.append(codec.read(file))
        except OSError as error:
            raise UsageError(f"{name} cannot be read: {error.strerror}.") from None
    try:
        whole = merge(traces)
    except MergeError as error:
        raise UsageError(str(error)) from None
    with _writer(options.out) as file:
        file.writelines(line.encode("utf-8", "surrogatepass") for line in codec.write(whole.header, whole.events))
    return OK


# -- export ------------------------------------------------------------------------------------------


def _export(options: argparse.Namespace) -> int:
    from concurrency_lab.export import EXPORTS, About, ExportError
    from concurrency_lab.export.files import default_name, export_file
    from concurrency_lab.lessons.catalogue import load_catalogue

    exporter = EXPORTS.get(options.to)
    if exporter is None:
        hint = " A PNG is made in the browser: `replay FILE`, then Export." if options.to == "png" else ""
        raise UsageError(f"There is no format {options.to!r}; there are {', '.join(EXPORTS)}.{hint}")

    def about_of(header: codec.Header) -> About:
        lesson = load_catalogue(()).get(header["lesson"]) if "lesson" in header else None
        return About(dict(lesson.title) if lesson else {}, options.lang)

    out = options.out or default_name(options.file, exporter)
    try:
        export_file(options.file, exporter, out, about_of)
    except ExportError as error:
        raise UsageError(str(error)) from None
    if options.out is None:
        print(f"Written to {out}", file=sys.stderr)
    return OK


# -- summary -----------------------------------------------------------------------------------------


def _summary(options: argparse.Namespace) -> int:
    try:
        with open(options.file, encoding="utf-8", errors="surrogatepass") as file:
            # Nothing here is cyclic: looking for garbage in a million spans takes longer than making them.
            gc.disable()
            summary = summarize(codec.stream(file))
    except OSError as error:
        raise UsageError(f"{options.file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{options.file} is not text, so it is no trace. If it is packed, unpack it first.") from None
    except codec.TraceError as error:
        raise UsageError(f"{options.file}: {error}") from None
    finally:
        gc.enable()
    if options.json:
        print(json.dumps(summary, ensure_ascii=False, indent=2))
    else:
        print(as_text(summary), end="")
    return OK
