"""The server's log: one line an event, in logfmt. Nothing that a program printed and no code is ever in it.

The standard library's logging, with a formatter of ours: every library here logs through it already, and what matters,
that a stranger's text can neither forge a line nor fill the disk, would be our code with any other one as well.
"""

import datetime
import json
import logging
import logging.handlers
import re
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

_log = logging.getLogger("concurrency_lab")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/+-]+")
_VALUE_CHARACTERS = 200
_TRACEBACK_CHARACTERS = 6000
# A kind of line that anybody can cause comes once in this time, with the number of those left out.
_PERIOD_S = 1.0
_KINDS = 200


def event(name: str, *, level: int = logging.INFO, limited: bool = False, **fields: object) -> None:
    """Write a line; `limited`: it is one that anybody can cause, so at most one a second for each reason."""
    _log.log(level, name, extra={"fields": fields, "limited": limited})


def init(target: str | None) -> None:
    """Write the log to a file, or to standard error ("-"); None: only warnings and errors, to standard error.

    Raises OSError where the file cannot be written.
    """
    handler: logging.Handler
    if target is None or target == "-":
        handler = logging.StreamHandler(sys.stderr)
    else:
        # It looks whether the file is still there, so that logrotate may move it away.
        handler = logging.handlers.WatchedFileHandler(Path(target).absolute(), encoding="ascii")
    handler.setFormatter(LineFormatter())
    handler.addFilter(_limiter)
    logging.root.addHandler(handler)
    _log.setLevel(logging.WARNING if target is None else logging.INFO)
    # A log that cannot be written, on a full disk, must not end what it tells of.
    logging.raiseExceptions = False
    threading.excepthook = _thread_failed


def tell_suppressed() -> None:
    """Write how many lines were left out, for kinds that nothing was heard of since."""
    for kind, count in _limiter.forgotten(time.monotonic()):
        _log.warning("log.suppressed", extra={"fields": {"kind": kind, "suppressed": count}, "unlimited": True})


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        failure = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        _log.error("A thread of the server failed.", exc_info=failure)


class LineFormatter(logging.Formatter):
    """time=... level=... event=... and the rest, each value plain or as a JSON string in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        parts: dict[str, object] = {
            "time": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z",
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is None:
            parts |= {"event": "message", "logger": record.name, "text": record.getMessage()}
        else:
            parts |= {"event": record.msg, **fields}
        parts.setdefault("suppressed", getattr(record, "suppressed", None))
        line = " ".join(f"{name}={shown(value)}" for name, value in parts.items() if value is not None)
        return line + _told(record.exc_info)


def shown(value: object, at_most: int = _VALUE_CHARACTERS) -> str:
    """Return a value as it stands in a line: no line end, no control or direction sign, no more than so long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if len(text) > at_most:
        text = text[:at_most] + "..."
    return text if _PLAIN.fullmatch(text) else json.dumps(text).replace("\x7f", "\\u007f")


def _told(
    failure: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None,
) -> str:
    if failure is None or failure[1] is None:
        return ""
    # Its end says what happened.
    text = "".join(traceback.format_exception(failure[1]))[-_TRACEBACK_CHARACTERS:]
    return f" error={shown(type(failure[1]).__name__)} traceback={shown(text, _TRACEBACK_CHARACTERS)}"


class Limiter(logging.Filter):
    """Lets a kind of line that strangers can cause through once a second, and counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._counting = threading.Lock()
        # kind -> when it was last written, how many were left out since
        self._kinds: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is to be written."""
        limited = getattr(record, "limited", False) or record.levelno >= logging.WARNING
        if not limited or getattr(record, "unlimited", False):
            return True
        kind = f"{record.msg}:{getattr(record, 'fields', {}).get('reason', '')}".rstrip(":")
        now_s = time.monotonic()
        with self._counting:
            last_s, left_out = self._kinds.get(kind, (-_PERIOD_S, 0))
            if now_s - last_s < _PERIOD_S:
                self._kinds[kind] = (last_s, left_out + 1)
                return False
            if len(self._kinds) >= _KINDS:
                self._kinds.clear()
            self._kinds[kind] = (now_s, 0)
        if left_out:
            record.suppressed = left_out
        return True

    def forgotten(self, now_s: float) -> list[tuple[str, int]]:
        """Return the kinds of which lines were left out, and none has come since: with their number."""
        with self._counting:
            due = [
                (kind, left_out)
                for kind, (last_s, left_out) in self._kinds.items()
                if left_out and now_s - last_s >= _PERIOD_S
            ]
            for kind, _ in due:
                self._kinds[kind] = (now_s, 0)
        return due


_limiter = Limiter()
