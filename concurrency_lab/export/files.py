"""A trace in a file -> another file: plain or packed by gzip, and never half a file in place of a whole one."""

import contextlib
import gc
import gzip
import io
import itertools
import os
import secrets
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from concurrency_lab.export.exporter import About, Exporter, ExportError
from concurrency_lab.trace import codec

_T = TypeVar("_T")
_GZIP = b"\x1f\x8b"


def default_name(source: str, exporter: Exporter) -> str:
    """Return where an export goes unless one says otherwise: beside nothing, in the present folder."""
    return Path(source).name.removesuffix(".gz").removesuffix(".ndjson") + exporter.suffix


def export_file(source: str, exporter: Exporter, out: str, about_of: Callable[[codec.Header], About]) -> None:
    """Write `out` ("-": standard output; a name in .gz: packed); raise ExportError, whose text names the file."""
    if out != "-" and os.path.exists(out) and os.path.exists(source) and os.path.samefile(out, source):
        raise ExportError(f"{out} is the trace itself. Give another file with --out.")
    # Nothing here is cyclic: looking for garbage in a million spans takes longer than making them.
    gc.disable()
    try:
        with _opened(source) as lines:
            first = _read(lambda: next(lines, ""))
            about = about_of(codec.read_header(first)) if first.strip() else About()
            with _whole_file(out) as file:
                for chunk in _kept_apart(exporter.chunks(itertools.chain((first,), lines), about)):
                    file.write(chunk)
    except (codec.TraceError, ExportError) as error:
        raise ExportError(f"{source}: {error}") from None
    finally:
        gc.enable()


def _kept_apart(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks; what goes wrong with reading is told as that, not as if it were the writing."""
    while chunk := _read(lambda: next(chunks, b"")):
        yield chunk


def _read(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except UnicodeDecodeError:
        raise ExportError("This is not text, so it is no trace.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise ExportError(f"It cannot be read: {getattr(error, 'strerror', None) or error}.") from None


@contextlib.contextmanager
def _opened(source: str) -> Iterator[Iterator[str]]:
    raw = _read(lambda: open(source, "rb"))  # noqa: SIM115 - closed by the next line
    with raw:
        is_packed = raw.peek(len(_GZIP))[: len(_GZIP)] == _GZIP
        plain = gzip.GzipFile(fileobj=raw) if is_packed else raw
        # Only a line feed ends a line: what a program prints may hold other line ends.
        with io.TextIOWrapper(plain, "utf-8", "surrogatepass", newline="\n") as lines:
            yield iter(lines)


@contextlib.contextmanager
def _whole_file(out: str) -> Iterator[BinaryIO]:
    """Open a file that will be there as a whole or, if anything goes wrong, stays as it was before."""
    if out == "-":
        yield sys.stdout.buffer
        return
    # A link stays one.
    out = os.path.realpath(out)
    # Into a pipe or a device one can only write.
    is_special = os.path.exists(out) and not os.path.isfile(out)
    part = out if is_special else f"{out}.{secrets.token_hex(4)}.part"
    try:
        with open(part, "wb") as plain, _packed(plain) if out.endswith(".gz") else plain as file:
            yield file
        if part != out:
            os.replace(part, out)
    except BaseException as error:
        if part != out:
            with contextlib.suppress(OSError):
                os.unlink(part)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise ExportError(f"{out} cannot be written: {error.strerror}.") from None
        raise


def _packed(plain: BinaryIO) -> BinaryIO:
    # No name and no time within: the same trace gives the same file.
    return gzip.GzipFile("", "wb", 9, plain, 0)  # type: ignore[return-value]
