"""The program's globals, compared at its events with what was told last. Only where variables are asked for.

A lane that tells something of a line of the user's tells first which globals of that module have new values.
Nothing of the program's runs for that, and nothing of it is kept but numbers, short texts and what else dies
without a word. Between two events a variable may change unseen: this is a sample, and cheap.
"""

from __future__ import annotations

import atexit
import os
import sys
from sys import _getframe
from time import monotonic_ns
from types import FunctionType, ModuleType

from ..trace import constants
from . import frames, globals_shown, sink, values
from .accelerator import fast
from .patching import hide, is_ours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Of one module; a program with more is no lesson.
MOST_GLOBALS = 50
# There is a look at an event as long as there is credit, of which each pause gives one; and one a pause in any
# case. So a short program is seen at every event, and one that never rests spends less than a percent on it.
PAUSE_NS = 1_000_000
CREDIT = 2000
# A name that stood for a function may stand for a value now: found after so many looks.
_LOOKS_PER_SEARCH = 500

_MISSING = object()
_UNKNOWN = object()


class _Module:
    """What was told of one module's globals."""

    __slots__ = ("contents", "held", "kept", "left", "name", "prefix", "size", "texts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.prefix = "" if name in ("__main__", "__mp_main__") else name + "."
        self.size = -1
        # looks until the names are searched again
        self.left = 0
        # name -> the value itself if it may be kept, else _UNKNOWN
        self.kept: dict[str, Any] = {}
        # name -> what else tells it from another, and what is kept for that: see globals_shown.fingerprint
        self.contents: dict[str, int | list[int] | None] = {}
        self.held: dict[str, list[Any]] = {}
        self.texts: dict[str, str] = {}

    def search(self, names: dict[str, Any]) -> None:
        """Find names that are new."""
        self.size = len(names)
        self.left = _LOOKS_PER_SEARCH
        # Another thing may have got the id of one that is gone, or a thread another name.
        self.contents.clear()
        for name, value in list(names.items()):
            if len(self.kept) >= MOST_GLOBALS:
                return
            if type(name) is str and name not in self.kept and name[:2] != "__" and globals_shown.is_shown(value):
                self.kept[name] = _UNKNOWN

    def compare(self, names: dict[str, Any], frame: Any) -> None:
        """Tell, at this frame's line, which have another value than was told last."""
        if len(names) != self.size or not self.left:
            self.search(names)
        self.left -= 1
        get = names.get
        contents = self.contents.get
        ids_of_type = globals_shown.IDS_OF.get
        for name, kept in self.kept.items():
            value = get(name, _MISSING)
            if value is kept:
                continue
            if kept is _UNKNOWN:
                # Most of the time these are as they were, too: 10 globals take 2 us, so this is written out.
                ids_of = ids_of_type(id(type(value)))
                if contents(name) == (id(value) if ids_of is None else ids_of(value)):
                    continue
            self.look_at(name, value, frame)

    def look_at(self, name: str, value: Any, frame: Any) -> None:
        """Tell of one variable if it says something new."""
        is_kept = value is _MISSING or globals_shown.may_keep(value)
        self.kept[name] = value if is_kept else _UNKNOWN
        if not is_kept:
            self.contents[name], self.held[name] = globals_shown.fingerprint(value)
        text = "" if value is _MISSING else values.shallow(value, globals_shown.name_for(name))
        if text != self.texts.get(name, ""):
            self.texts[name] = text
            said = f"{self.prefix}{values.plain(name)}\0{text}"
            _plain_emit_text(constants.VARIABLE_CHANGED, 0, said, 0, *frames.where(frame))


# -- when --------------------------------------------------------------------------------------------------


class _Looks:
    """When this process looked last, and what it told. One look at a time: another thread's would be older."""

    __slots__ = ("credit", "is_busy", "modules", "when_ns")

    def __init__(self) -> None:
        # id of a module's names -> what was told of it. Not the names themselves: they are to go when they go.
        self.modules: dict[int, _Module] = {}
        self.is_busy = False
        self.when_ns = 0
        self.credit = CREDIT

    def forget(self) -> None:
        """Have all be told again."""
        self.modules = {}

    def take(self) -> bool:
        """Return whether to look now; then that counts as a look. In C where there is the accelerator."""
        now_ns = monotonic_ns()
        pauses = (now_ns - self.when_ns) // PAUSE_NS
        if pauses:
            self.credit = min(CREDIT, self.credit + pauses)
            self.when_ns = now_ns
        elif self.credit:
            self.credit -= 1
        else:
            return False
        return True

    def look(self, names: Any, frame: Any) -> None:
        """Compare the globals of one module; `frame`: whose line speaks, None if no line does."""
        if self.is_busy or type(names) is not dict:
            return
        self.is_busy = True
        try:
            name = names.get("__name__")
            module = self.modules.get(id(names))
            if type(name) is str and (module is None or module.name != name):
                module = self.modules[id(names)] = _Module(name)
            if module is not None:
                module.compare(names, frame)
        finally:
            self.is_busy = False

    def look_from(self, frame: Any) -> None:
        """Compare the globals of the module whose line speaks; fails silently."""
        try:
            found = frames.user_frame(frame)
            if found is not None:
                self.look(found.f_globals, found)
        except Exception as error:
            if not _is_missed(error):
                raise

    def look_last(self) -> None:
        """Compare the main module's when no line of the user's may speak any more."""
        try:
            names = self._names_of_main()
            if names is not None:
                self.look(names, None)
        except Exception as error:
            if not _is_missed(error):
                raise

    def _names_of_main(self) -> dict[str, Any] | None:
        main = sys.modules.get("__main__")
        names: dict[str, Any] = main.__dict__ if type(main) is ModuleType else {}
        if names.get("__name__") == "__main__":
            return names
        # In a spawned process these are a copy from its start: runpy has left the functions other globals.
        for value in list(names.values()):
            if type(value) is FunctionType and id(value.__globals__) in self.modules:
                return value.__globals__
        return None

    def end(self) -> None:
        """Look no more: what is told from here on, is told while the interpreter takes everything apart."""
        self.is_busy = True


def _is_missed(error: Exception) -> bool:
    """Return whether this look failed, which is counted; False: a signal handler of the user's raised within."""
    if isinstance(error, RecursionError):
        # At the very end of the stack there is no room for a look: there will be another event.
        return True
    if not is_ours(error):
        return False
    sink.failed("globals_seen", error)
    return True


looks = _Looks()
_plain_emit_text = sink.emit_text


def watch() -> None:
    """Have every event of a user's line preceded by what has changed. Before other probes take sink.emit along."""
    sink.emit, sink.emit_text, sink.close = _make(sink.emit, sink.emit_text, sink.close)
    _begin_process()
    # The last of all exit functions.
    atexit.register(looks.end)


def watch_children() -> None:
    """Have a forked process tell what it inherits; after all else that a fork sets right."""
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _after_fork_in_child() -> None:
    _begin_process()
    frame: Any = _getframe()
    # The one that called fork for the user has a line of the user's, but globals of ours (patching.call_as).
    while frame is not None and _is_our_name(frame.f_globals.get("__package__")):
        frame = frame.f_back
    looks.look_from(frame)


def _is_our_name(package: Any) -> bool:
    return type(package) is str and package == __package__


def _begin_process() -> None:
    looks.forget()
    looks.is_busy = False
    looks.when_ns = 0
    looks.credit = CREDIT
    if fast is not None:
        fast.watch(PAUSE_NS, CREDIT, _looks_from_c(), hide)


def tell_all() -> None:
    """Tell the file table and all variables again: events were dropped."""
    frames.tell_all()
    looks.forget()


def _looks_from_c() -> Callable[[], None]:
    # As in sink.py: the interpreter empties modules at exit, closures it does not.
    state = looks
    look_from = looks.look_from
    get_frame = _getframe

    def look() -> None:
        if not state.is_busy:
            # Nothing may have called it, such as an exit function.
            look_from(get_frame().f_back)

    return look


def _make(plain_emit: Any, plain_emit_text: Any, plain_close: Any) -> Any:
    state = looks
    take = looks.take if fast is None else fast.take_look
    look_from = looks.look_from
    look_last = looks.look_last
    get_frame = _getframe
    conceal = hide
    # Whoever goes on after a wait sees what others did: that is told with what it does next.
    silent = constants.LANE_UNBLOCKED
    ended = constants.THREAD_ENDED

    def emit(kind: int, obj: int = 0, arg: int = 0, line: int = 0, file: int = 0) -> None:
        try:
            if line:
                if kind != silent and not state.is_busy and take():
                    look_from(get_frame(1))
            elif kind == ended and not state.is_busy:
                look_last()
        except RecursionError:
            return
        except BaseException as error:
            conceal(error)
            raise
        finally:
            plain_emit(kind, obj, arg, line, file)

    def emit_text(kind: int, obj: int, text: str, arg: int = 0, line: int = 0, file: int = 0) -> None:
        try:
            if line and not state.is_busy and take():
                look_from(get_frame(1))
        except RecursionError:
            return
        except BaseException as error:
            conceal(error)
            raise
        finally:
            plain_emit_text(kind, obj, text, arg, line, file)

    def close() -> None:
        if not state.is_busy:
            look_last()
        plain_close()

    return emit, emit_text, close
