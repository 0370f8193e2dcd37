"""What every export is: a name, and a function from a trace's lines to the bytes of a file. Knows no format."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO


class ExportError(Exception):
    """What was asked for cannot be made here; its text says why and what to do."""


@dataclass(frozen=True)
class About:
    """What the caller knows of a run and its trace does not say."""

    # language -> the lesson's title; empty: the program's name will do
    title: Mapping[str, str] = field(default_factory=dict)
    # the language in which a file speaks that can speak only one, or that speaks first
    lang: str = "en"


@dataclass(frozen=True)
class Exporter:
    """One format. `chunks` takes the lines of a trace (NDJSON, header first) and yields the file piece by piece.

    It raises codec.TraceError where the lines are no trace, ExportError where this machine lacks something.
    """

    name: str
    suffix: str
    media_type: str
    chunks: Callable[[Iterable[str], About], Iterator[bytes]]
    # the web server gives it, too; False: it is made on the reader's own machine only
    is_served: bool = True

    def write(self, lines: Iterable[str], out: BinaryIO, about: About | None = None) -> None:
        """Write the file."""
        out.writelines(self.chunks(lines, about or About()))
