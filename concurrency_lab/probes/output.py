"""What each thread writes to standard output and error."""

from __future__ import annotations

import _io
import os
import sys
from sys import _getframe

from ..trace import constants
from . import frames, sink
from .patching import hide, replace
from .processes import share_with_posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WHERE = "CONCURRENCY_LAB_OUTPUT"
_HANDLERS = frozenset(
    {"surrogatepass", "surrogateescape", "backslashreplace", "replace", "ignore", "xmlcharrefreplace", "namereplace"}
)
# A character takes at most four bytes: a piece always fits into one event.
_PIECE = sink.LONGEST_TEXT // 4


def tell(stream: int, text: str, line: int, file: int) -> None:
    """Write the text, in as many events as it takes."""
    text = text.replace("\0", "␀")
    for start in range(0, len(text), _PIECE):
        sink.emit_text(constants.OUTPUT_WRITTEN, 0, text[start : start + _PIECE], stream, line, file)


def _as_written(file: Any, text: str) -> str:
    """Return what a stream makes of a text that has half a surrogate pair, else the text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # A handler of the program's own is not called a second time.
        if file.errors in _HANDLERS:
            return text.encode("utf-8", file.errors).decode("utf-8", "replace")
    return text


def _make_stream_type() -> Any:
    base: Any = _io.TextIOWrapper
    base_write = base.write
    conceal = hide
    where = frames.where
    say = tell
    as_written = _as_written
    streams: dict[int, int] = {}

    class TextIOWrapper(base):  # type: ignore[misc]
        """A standard stream that tells; the original type in all but this."""

        def write(self, text: Any, /) -> Any:
            try:
                written = base_write(self, text)
            except BaseException as error:
                conceal(error)
                raise
            stream = streams.get(id(self))
            if stream is not None and type(text) is str:
                say(stream, text if text.isascii() else as_written(self, text), *where(_getframe()))
            return written

        def __repr__(self) -> str:
            # Since 3.13 it begins with the type's bare name.
            return str(base.__repr__(self)).replace("<TextIOWrapper", "<_io.TextIOWrapper", 1)

    TextIOWrapper.__module__ = base.__module__
    TextIOWrapper.__qualname__ = base.__qualname__
    TextIOWrapper.__doc__ = base.__doc__
    return TextIOWrapper, streams


def _file_behind(fd: int) -> str:
    try:
        status = os.fstat(fd)
    except OSError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def _find_told() -> frozenset[int]:
    """Return which of 1 and 2 lead to where the run's first process writes; a parent may capture its child's."""
    here = [_file_behind(1), _file_behind(2)]
    there = os.environ.get(_WHERE)
    if there is None:
        # For our children, without a trace in the program's own os.environ.
        os.putenv(_WHERE, " ".join(here))
        return frozenset((1, 2))
    return frozenset(fd for fd, file, run in zip((1, 2), here, there.split(" "), strict=False) if file == run)


def _patch_streams(told: frozenset[int]) -> None:
    stream_type, streams = _make_stream_type()
    # Into a pipe Python writes blocks; at a terminal, lines. The lab's console stands for a terminal.
    by_line = bool(os.environ.get("CONCURRENCY_LAB_TERMINAL"))
    for number, name in ((1, "stdout"), (2, "stderr")):
        old = getattr(sys, name)
        if number not in told or type(old) is not _io.TextIOWrapper:
            # Closed at the start, or somebody else's already.
            continue
        options = {
            "encoding": old.encoding,
            "errors": old.errors,
            "newline": "\n",
            "line_buffering": old.line_buffering or by_line,
            "write_through": old.write_through,
        }
        mode = old.mode
        new = stream_type(old.detach(), **options)
        new.mode = mode
        streams[id(new)] = number
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def _make_write(original: Any, told: frozenset[int]) -> Any:
    def write(fd: Any, data: Any, /) -> Any:
        try:
            count = original(fd, data)
        except BaseException as error:
            hide(error)
            raise
        if fd in told and count:
            text = bytes(memoryview(data).cast("B")[:count]).decode("utf-8", "replace")
            tell(fd, text, *frames.where(_getframe()))
        return count

    return write


def patch() -> None:
    """Patch the standard streams and os.write."""
    told = _find_told()
    _patch_streams(told)
    replace(os, "write", lambda original: _make_write(original, told))
    share_with_posix("write")
