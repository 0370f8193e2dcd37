"""File objects that user code makes of a pipe's descriptor by os.fdopen: what goes through them, and the waits.

The file object is of the original types; only its innermost layer, `buffer.raw`, is one that tells.
"""

from __future__ import annotations

import _io
from sys import _getframe

from ..trace import constants
from . import frames, pipes, sink, values
from .patching import hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Pipe(_io._RawIOBase):
    """Stands for a pipe's FileIO and does all by it."""

    def __init__(self, raw: Any, obj: int) -> None:
        self._raw = raw
        self._obj = obj

    __class__ = property(lambda self: _io.FileIO)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def __repr__(self) -> str:
        return repr(self._raw)

    def _call(self, name: str, is_write: bool, size: int, *args: Any) -> Any:
        method = getattr(self._raw, name)
        try:
            is_at_once = size < pipes.ROOM and pipes.is_ready(self._raw.fileno(), is_write)
            return method(*args) if is_at_once else pipes.as_wait(method, args, self._obj)
        except BaseException as error:
            hide(error)
            raise

    def _tell(self, kind: int, data: Any, size: int) -> None:
        if size:
            value = values.short(bytes(data[: min(size, 90)]))
            sink.emit_text(kind, self._obj, value, size, *frames.where(_getframe()))

    def readinto(self, into: Any) -> Any:
        size = self._call("readinto", False, 0, into)
        self._tell(constants.PIPE_RECEIVED, into, size or 0)
        return size

    def readall(self) -> Any:
        data = self._call("readall", False, 0)
        self._tell(constants.PIPE_RECEIVED, data or b"", len(data or b""))
        return data

    def read(self, size: Any = -1) -> Any:
        data = self._call("read", False, 0, size)
        self._tell(constants.PIPE_RECEIVED, data or b"", len(data or b""))
        return data

    def write(self, data: Any) -> Any:
        size = memoryview(data).nbytes
        self._tell(constants.PIPE_SENT, data, size)
        return self._call("write", True, size, data)

    def close(self) -> None:
        self._raw.close()

    @property
    def closed(self) -> bool:
        return bool(self._raw.closed)

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return bool(self._raw.readable())

    def writable(self) -> bool:
        return bool(self._raw.writable())

    def seekable(self) -> bool:
        return False

    def seek(self, *args: Any) -> Any:
        return self._raw.seek(*args)

    def tell(self) -> Any:
        return self._raw.tell()

    def truncate(self, *args: Any) -> Any:
        return self._raw.truncate(*args)


def telling(file: Any, obj: int, size: int, newline: Any) -> Any:
    """Return the file object anew, with a raw layer that tells."""
    kind = type(file)
    if kind is _io.TextIOWrapper:
        options = {"encoding": file.encoding, "errors": file.errors, "line_buffering": file.line_buffering}
        mode = file.mode
        text = kind(telling(file.detach(), obj, size, None), newline=newline, **options)
        text.mode = mode
        return text
    if kind in (_io.BufferedReader, _io.BufferedWriter):
        raw: Any = _Pipe(file.detach(), obj)
        return kind(raw, size)
    return file
