"""A trace in a file as a recorded run: read and checked page by page, as it is asked for, never as a whole."""

import contextlib
import gzip
import itertools
import os
import re
import secrets
import shutil
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from concurrency_lab.store.problem import StoreError
from concurrency_lab.store.quick_check import QuickCheck
from concurrency_lab.store.runs import Page, Run, ended_event
from concurrency_lab.trace import codec

_PAGE_EVENTS = 2000
_COUNT_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TraceFile:
    """One trace file, plain or packed by gzip; raises StoreError where it is none.

    Where it is damaged or cut off further on, the run ends there: its last event is a run.ended that says why.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with contextlib.ExitStack() as opened:
            try:
                self._file = opened.enter_context(_opened(path))
                header = self._read_header()
                begin = self._file.tell()
                lines = _count_lines(self._file)
            except (OSError, EOFError, zlib.error) as error:
                raise StoreError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
            opened.pop_all()
        # Some read in the server's loop, some in a thread of their own.
        self._reading = threading.Lock()
        self._checker = codec.Checker()
        self._quick = QuickCheck()
        # Where the pages begin that were checked, and the one that comes next.
        self._begins = [begin]
        self._checked: list[str] = []
        # The last page's lines, once it was reached.
        self._tail: list[str] | None = None
        name = header["run"]
        self.run = Run(
            id=name if _RUN_ID.fullmatch(name) else secrets.token_hex(7),
            lesson=header.get("lesson"),
            program=os.path.basename(header["program"]),
            params=header["params"],
            state="ended",
            status=None,
            started_at=header["started_at"],
            ended_at=None,
            header=header,
            # Exact when its end was reached.
            events=lines,
            last_ts_ns=0,
            # As it is called on the disk, or as much of that as is text.
            name=os.fsencode(path.name).decode("utf-8", "replace"),
        )

    def close(self) -> None:
        """Close the file; whoever still reads it in a thread finds it at its end."""
        with self._reading:
            self._file.close()

    def read(self, since: int, limit: int) -> Page:
        """Return at most `limit` events behind the one with seq `since`."""
        lines: list[str] = []
        number, skip = divmod(since + 1, _PAGE_EVENTS)
        while len(lines) < limit and (page := self._page(number)):
            lines += page[skip:]
            number, skip = number + 1, 0
        del lines[limit:]
        return Page(lines, since + len(lines))

    def text(self) -> Iterator[str]:
        """Yield the trace's text, many lines at a time."""
        yield codec.dumps(self.run.header or {}) + "\n"
        number = 0
        while page := self._page(number):
            yield "\n".join(page) + "\n"
            number += 1

    def _page(self, number: int) -> list[str]:
        with self._reading:
            if self._file.closed:
                return []
            while self._tail is None and number >= len(self._begins) - 1:
                self._check_next()
            if number < len(self._begins) - 1:
                # Mostly the page that was checked just now is the one that is wanted.
                return self._checked if number == len(self._begins) - 2 else self._lines_at(self._begins[number])
            return self._tail or [] if number == len(self._begins) - 1 else []

    def _check_next(self) -> None:
        """Check one more page; if the trace ends in it, see how."""
        checker = self._checker
        good = checker.seq
        lines = self._lines_at(self._begins[-1])
        end = self._quick.check(lines, checker.seq, checker.ts_ns)
        try:
            if end is not None:
                checker.pass_over(len(lines), *end)
            else:
                checker.check(lines)
        except codec.TraceError as error:
            self._finish(lines[: checker.seq - good], f"{error} What comes before that line is shown.")
            return
        if len(lines) == _PAGE_EVENTS:
            self._begins.append(self._file.tell())
            self._checked = lines
        else:
            self._finish(lines, "The file ends before the run does: it was cut off.")

    def _finish(self, lines: list[str], problem: str) -> None:
        checker = self._checker
        status = checker.status
        if status is None:
            status, text = "interrupted", f"{self._path.name}: {problem}"
            lines = [*lines, codec.dumps(ended_event(checker.seq, checker.ts_ns, status, text))]
        self._tail = lines
        events = (len(self._begins) - 1) * _PAGE_EVENTS + len(lines)
        self.run = self.run._replace(events=events, status=status, last_ts_ns=checker.ts_ns)

    def _lines_at(self, begin: int) -> list[str]:
        self._file.seek(begin)
        lines: list[str] = []
        while len(lines) < _PAGE_EVENTS and (raw := list(itertools.islice(self._file, _PAGE_EVENTS - len(lines)))):
            # A lone surrogate, which a program may print, is no UTF-8: a WebSocket would refuse it.
            text = b"".join(raw).decode("utf-8", "replace")
            if "\r\n" in text:
                text = text.replace("\r\n", "\n")
            # Those in which nothing is left when they are stripped.
            lines += filter(str.strip, text.split("\n"))
        return lines

    def _read_header(self) -> codec.Header:
        line = next((line for line in self._file if line.strip()), b"")
        if not line:
            raise StoreError(f"{self._path} is empty: a trace begins with a header line.")
        try:
            return codec.read_header(line.decode("utf-8", "replace"))
        except codec.TraceError as error:
            raise StoreError(f"{self._path}: {error}") from None


def _opened(path: Path) -> BinaryIO:
    file: BinaryIO = open(path, "rb")  # noqa: SIM115 - the TraceFile closes it
    is_packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    if not is_packed:
        return file
    # Packed, a page could only be found by reading all that comes before it.
    with contextlib.ExitStack() as made:
        plain: BinaryIO = made.enter_context(tempfile.TemporaryFile())
        with file, gzip.open(file) as packed:
            shutil.copyfileobj(packed, plain, _COUNT_BYTES)
        plain.seek(0)
        made.pop_all()
    return plain


def _count_lines(file: BinaryIO) -> int:
    lines = 0
    while block := file.read(_COUNT_BYTES):
        lines += block.count(b"\n")
    return lines
