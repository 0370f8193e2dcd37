"""Where events go: segments of fixed slots, one series per process. No lock and no system call per event.

Taking a slot is atomic because the interpreter may switch threads (and run signal handlers) only
after a call or at a backward jump, and there is neither between reading and writing `offset`. That
needs the GIL. There is none before `pack_into` either: a slot that was taken is filled. One
`pack_into` is enough, too: it stores the fields in order, each at once, `kind` last.

Where the accelerator was built, its `emit` and `emit_text` stand before the ones here, which then get
what it does not do: above all the event that finds its segment full.
"""

from __future__ import annotations

import _thread
import posix
import struct
from time import monotonic_ns

from ..trace import constants
from .accelerator import fast
from .segment import Segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FIRST_BYTES = 64 * 1024
NEXT_BYTES = 1024 * 1024
LONGEST_TEXT = constants.LONGEST_TEXT
IS_NATIVE = fast is not None
# While events are being dropped, every n-th looks whether the reader has caught up.
_LOOK_EVERY = 64

_SLOT = constants.SLOT_BYTES
_TEXT = constants.TEXT_FLAG
_END = constants.SEGMENT_END
_FILE = constants.FILE_NAMED


# Has `map`, `offset` and `slots`, if C is to see them.
_Cursor: Any = fast.Cursor if fast is not None else object


class State(_Cursor):  # type: ignore[misc]
    """The series of this process. `slots` is 0 while events are dropped."""

    __slots__ = (
        "base", "dropped", "failures", "first", "folder", "lock", "most",
        "number", "on_resume", "pid", "rolling", "segment",
        *(() if IS_NATIVE else ("map", "offset", "slots")),
    )  # fmt: skip

    base: int
    dropped: int
    failures: int
    first: int
    folder: str
    lock: Any
    map: Any
    most: int
    number: int
    offset: int
    on_resume: Callable[[], None] | None
    pid: int
    rolling: bool
    segment: Segment | None
    slots: int


state = State()
state.folder = ""
state.most = 64
state.failures = 0
state.segment = None
state.on_resume = None


def open_series(folder: str) -> bool:
    """Begin this process's series; also in the child after a fork. Return whether it is the run's first."""
    state.folder = folder
    state.pid = posix.getpid()
    state.base = state.pid << 32
    state.lock = _thread.RLock()
    state.rolling = False
    state.offset = state.slots = state.dropped = 0
    if state.segment is not None:
        state.segment.drop()
        state.segment = None
    last = -1
    is_first = True
    prefix = f"{state.pid}."
    try:
        names = posix.listdir(folder)
    except OSError:
        names = []
    for name in names:
        is_first = False
        # A process that replaced its program, or that got the number of one long gone, goes on after it.
        number = name[len(prefix) :]
        if name.startswith(prefix) and number.isdigit():
            last = max(last, int(number))
    state.number = last
    state.first = last + 1
    _next_segment(False)
    return is_first


def _next_segment(force: bool) -> bool:
    number = state.number + 1
    unread = number - state.most
    try:
        if not force and unread >= state.first and _exists(f"{state.folder}/{state.pid}.{unread}"):
            state.slots = 0
            return False
        size = FIRST_BYTES if number == state.first or force else NEXT_BYTES
        segment = Segment(f"{state.folder}/{state.pid}.{number}", size)
    except OSError:
        # The folder is gone (we outlived the run) or memory is full: the program must go on.
        state.slots = 0
        return False
    old = state.segment
    state.segment = segment
    state.map = segment.map
    state.number = number
    state.offset = 0
    state.slots = size // _SLOT
    if old is not None:
        old.drop()
    return True


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except FileNotFoundError:
        return False
    return True


def _roll(number: int, force: bool, counts: bool) -> bool:
    """Make room; `number`: the segment found full. Return False if the event is to be dropped."""
    with state.lock:
        if state.rolling:
            # A signal handler or destructor that runs within this very function.
            state.dropped += counts
            return False
        if state.number != number:
            return True
        if state.dropped % _LOOK_EVERY and not force:
            state.dropped += counts
            return False
        state.rolling = True
        try:
            if not _next_segment(force):
                state.dropped += counts
                return False
            if state.dropped:
                lost = state.dropped
                state.dropped = 0
                emit(constants.RUN_EVENTS_DROPPED, 0, lost)
                if state.on_resume is not None:
                    state.on_resume()
        finally:
            state.rolling = False
    return True


def _make() -> tuple[Any, Any, Any]:
    # All names are local to this function: the interpreter empties modules at exit, closures it does not.
    s = state
    slot = _SLOT
    now = monotonic_ns
    get_ident = _thread.get_ident
    pack_into = struct.Struct(constants.RECORD_FORMAT).pack_into
    length = struct.Struct("<H").pack
    no_such_value = (struct.error, TypeError, OverflowError)
    roll = _roll

    def emit(kind: int, obj: int = 0, arg: int = 0, line: int = 0, file: int = 0) -> None:
        """Write an event that has no text; the hot path."""
        ts_ns = now()
        ident = get_ident()
        offset = s.offset
        s.offset = offset + 1
        if offset < s.slots:
            try:
                pack_into(s.map, offset * slot, ts_ns, ident, obj, arg, line, file, kind)
            except no_such_value:
                # A frame may have no line. The slot is taken: fill it.
                pack_into(s.map, offset * slot, ts_ns, ident, obj, _clamp(arg), line or 0, file, kind)
        else:
            try:
                if roll(s.number, False, True):
                    emit(kind, obj, arg, line, file)
            except RecursionError:
                # The program is at the end of its stack, which is its own affair.
                s.dropped += 1

    def emit_text(kind: int, obj: int, text: str, arg: int = 0, line: int = 0, file: int = 0) -> None:
        """Write an event with its text fields, joined by \\0; what is too long is cut."""
        data = text.encode("utf-8", "replace")
        if len(data) > LONGEST_TEXT:
            data = data[:LONGEST_TEXT].decode("utf-8", "ignore").encode()
        data = length(len(data)) + data
        size = len(data)
        slots = 1 - (-size // slot)
        arg = _clamp(arg)
        line = line or 0
        ts_ns = now()
        ident = get_ident()
        number = s.number
        offset = s.offset
        s.offset = offset + slots
        if offset + slots <= s.slots:
            at = (offset + 1) * slot
            s.map[at : at + size] = data
            pack_into(s.map, offset * slot, ts_ns, ident, obj, arg, line, file, kind | _TEXT)
            return
        if offset < s.slots:
            pack_into(s.map, offset * slot, ts_ns, 0, 0, 0, 0, 0, _END)
        if roll(number, False, kind != _FILE):
            emit_text(kind, obj, text, arg, line, file)

    def emit_at(ts_ns: int, kind: int, obj: int, arg: int, line: int, file: int) -> None:
        """Write an event that happened at a time taken earlier."""
        ident = get_ident()
        arg = _clamp(arg)
        line = line or 0
        offset = s.offset
        s.offset = offset + 1
        if offset < s.slots:
            pack_into(s.map, offset * slot, ts_ns, ident, obj, arg, line, file, kind)
        elif roll(s.number, False, True):
            emit_at(ts_ns, kind, obj, arg, line, file)

    return emit, emit_text, emit_at


def _clamp(arg: int) -> int:
    return min(max(int(arg), -(1 << 63)), (1 << 63) - 1)


emit, emit_text, emit_at = _make()
if fast is not None:
    fast.connect_sink(state, emit, emit_text)
    emit, emit_text = fast.emit, fast.emit_text


def close() -> None:
    """Report what was dropped, even if the reader has not caught up: there is no later."""
    if state.dropped:
        _roll(state.number, True, False)


def failed(where: str, error: BaseException) -> None:
    """Count a probe's own mistake; say so once, and let the program go on."""
    state.failures += 1
    if state.failures == 1:
        text = f"A probe failed in {where} ({type(error).__name__}); the program went on, some events may be missing."
        emit_text(constants.WARNING_RAISED, state.base, f"probe-failed\0{text}")
