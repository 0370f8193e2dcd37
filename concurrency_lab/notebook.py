"""%%concurrency in IPython and Jupyter: runs a cell as a program of its own, traced, and shows the replay below it."""

import html
import io
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import HTML, display

from concurrency_lab.export import EXPORTS, About, ExportError
from concurrency_lab.record import NotStarted, copy
from concurrency_lab.supervisor.client import running
from concurrency_lab.supervisor.header import PythonError
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec

# What a cell's program may use unless one says otherwise: a notebook should not have to be killed.
_WALL_S = 60.0


@magic_arguments()
@argument("--seconds", type=float, default=_WALL_S, help="end the program after so long (default: 60)")
@argument("--height", type=int, default=560, help="of the picture, in pixels")
@argument("--lang", choices=("en", "zh"), default="en")
@argument("--races", action="store_true", help="find data races, too")
@argument("--step", action="store_true", help="hand the GIL over between the read and the write of a variable")
@argument("--save", metavar="FILE", help="keep the trace, too")
def concurrency(line: str, cell: str) -> None:
    """Run this cell as a program in a process of its own, and show what its threads and processes did.

    Like a program, it knows nothing of the notebook's variables, and leaves none behind.
    """
    options = parse_argstring(concurrency, line)
    with tempfile.TemporaryDirectory(prefix="concurrency-lab-cell-") as folder:
        program = Path(folder, "cell.py")
        program.write_text(cell, encoding="utf-8")
        spec = RunSpec(
            run_id=secrets.token_hex(6),
            program=str(program),
            cwd=folder,
            limits=Limits(wall_s=options.seconds, processes=256, memory_mb=2048, output_bytes=16 << 20),
            races=options.races,
            step=options.step,
            variables=True,
        )
        trace = _record(spec)
    if options.save:
        Path(options.save).write_bytes(trace)
    lines = trace.decode("utf-8", "surrogatepass").splitlines()
    _print_output(lines)
    display(HTML(_frame(lines, options.lang, options.height)))


def _record(spec: RunSpec) -> bytes:
    file = io.BytesIO()
    try:
        with running(spec) as stream:
            copy(stream, file)
    except (PythonError, NotStarted) as error:
        raise UsageError(str(error)) from None
    return file.getvalue()


def _print_output(lines: list[str]) -> None:
    """Print what the program has printed, as the notebook would have."""
    streams = {1: sys.stdout, 2: sys.stderr}
    for event in codec.read(lines).events:
        if event["kind"] == "output.written":
            streams[event["stream"]].write(event["text"])


def _frame(lines: list[str], lang: str, height: int) -> str:
    """Return the replay as a frame that holds all of it: the notebook shows it also when nobody runs it again."""
    page = io.BytesIO()
    try:
        EXPORTS["html"].write(lines, page, About(lang=lang))
    except ExportError as error:
        raise UsageError(str(error)) from None
    source = html.escape(page.getvalue().decode(), quote=True)
    title = {"en": "What its threads and processes did", "zh": "各线程与进程做了什么"}[lang]
    # In a div, or IPython advises a frame by its address: this one has none.
    return (
        f'<div><iframe srcdoc="{source}" title="{title}" loading="lazy" sandbox="allow-scripts allow-downloads" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe></div>'
    )


def load(ipython: Any) -> None:
    """Make %%concurrency known to a running IPython."""
    ipython.register_magic_function(concurrency, "cell", "concurrency")
