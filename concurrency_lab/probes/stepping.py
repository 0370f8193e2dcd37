"""Step mode: holds a thread between its read and its write of a variable until another thread has written it.

The threads, the program and the interpreter are the real ones; only the order is chosen. Only with --step.
Decides which thread goes on; which instructions these are, is variable_steps.py's to say.
"""

from __future__ import annotations

import _thread
import os
from time import monotonic_ns

from ..trace import constants
from . import resources, sink
from .patching import quiet
from .threads import Begun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .variables import Variable

# So long does a thread wait for another one that computes, or is blocked in a way that nobody sees.
_LONGEST_S = 1.0
# After so many waits in vain nobody is held any more, ...
_MOST_VAIN = 3
# ... and after so many hand-overs: a loop of a million must come to its end.
_MOST = 2000
_ENOUGH = (
    f"The lab handed the GIL over {_MOST} times. From here on the program runs by itself, and no variables are watched."
)
_HELD_ARG = resources.blocked_arg(constants.REASON_STEP, _LONGEST_S)
_RUNS, _BLOCKED, _HELD = range(3)
_WRITTEN, _STUCK, _LATE = "written", "blocked", "late"


class _Walker:
    """A thread of the user's. `until`: why it was let go, `writer` and `written_ns`: by whom and when."""

    __slots__ = ("gate", "native_id", "state", "until", "variable", "writer", "written_ns")

    def __init__(self) -> None:
        self.native_id = _thread.get_native_id()
        self.state = _RUNS
        self.gate: Any = None
        self.variable: Variable | None = None
        self.until = _LATE
        self.writer = self.written_ns = 0

    def hold(self, variable: Variable) -> Any:
        """Be held from now on; return the lock to wait for."""
        gate = self.gate = _thread.allocate_lock()
        gate.acquire()
        self.state = _HELD
        self.variable = variable
        self.until = _LATE
        self.writer = self.written_ns = 0
        return gate

    def let_go(self, until: str) -> None:
        """Let it go on."""
        self.until = until
        self.state = _RUNS
        self.gate.release()


class _Walk:
    """Who goes on and who does not, in this process."""

    def __init__(self) -> None:
        self.is_on = False
        # Called when there is to be no more of it.
        self.stop: Callable[[], None] = lambda: None
        self.begin()

    def begin(self) -> None:
        """Begin anew, with this thread alone."""
        # A signal handler or a destructor may come while we have it.
        self.lock = _thread.RLock()
        # by ident, in the order in which they were met or held
        self.walkers: dict[int, _Walker] = {_thread.get_ident(): _Walker()}
        # id of a variable -> who was held for it in vain, and is not again before somebody else has written it
        self.tired: dict[int, int] = {}
        self.vain = self.count = 0

    def hand_over(self, variable: Variable, line: int, file: int) -> None:
        """Hold this thread, which has read the variable and is about to write it, if another one can go on."""
        ident = _thread.get_ident()
        with self.lock:
            me = self.walkers.get(ident)
            if me is None or not self.is_on or variable.id in self.tired:
                return
            if not any(walker.state == _RUNS for walker in self.walkers.values() if walker is not me):
                return
            # Before anybody can write it and say so.
            _emit(constants.LANE_BLOCKED, variable.id, _HELD_ARG, line, file)
            gate = me.hold(variable)
            # The last one: who has been held for longest comes first.
            self.walkers[ident] = self.walkers.pop(ident)
        try:
            gate.acquire(True, _LONGEST_S)
        finally:
            self._go_on(me, variable, line, file)

    def _go_on(self, me: _Walker, variable: Variable, line: int, file: int) -> None:
        with self.lock:
            me.state = _RUNS
            me.variable = None
            until = me.until
            if until == _LATE:
                self.vain += 1
                self.tired[variable.id] = _thread.get_ident()
            self.count += 1
            is_enough = self.is_on and (self.count >= _MOST or self.vain >= _MOST_VAIN)
            if is_enough:
                self._end()
        text = f"{variable.name}\0{me.writer}\0{until}"
        _emit_text(constants.STEP_HANDED_OVER, variable.id, text, me.written_ns or monotonic_ns(), line, file)
        _emit(constants.LANE_UNBLOCKED, variable.id, until == _WRITTEN, line, file)
        if is_enough and self.count >= _MOST:
            self.stop()
            _emit_text(constants.WARNING_RAISED, sink.state.base, f"step-enough\0{_ENOUGH}")

    def _end(self) -> None:
        self.is_on = False
        for walker in self.walkers.values():
            if walker.state == _HELD:
                walker.let_go(_LATE)

    def wrote(self, variable: Variable) -> None:
        """Let go whoever was held between its read and its write of the variable that this thread has written."""
        ident = _thread.get_ident()
        with self.lock:
            if self.tired.get(variable.id, ident) != ident:
                del self.tired[variable.id]
            for other, walker in self.walkers.items():
                if walker.state == _HELD and walker.variable is variable and other != ident:
                    walker.writer = _thread.get_native_id()
                    walker.written_ns = monotonic_ns()
                    walker.let_go(_WRITTEN)

    # -- what the other probes see of a thread -------------------------------------------------------------

    def begin_thread(self) -> None:
        """Note that this thread begins."""
        if not resources.local.internal:
            with self.lock:
                self.walkers[_thread.get_ident()] = _Walker()

    def change(self, kind: int) -> None:
        """Note what this thread says of itself."""
        ident = _thread.get_ident()
        with self.lock:
            walker = self.walkers.get(ident)
            if walker is None:
                return
            if kind == constants.THREAD_ENDED:
                del self.walkers[ident]
            elif walker.state != _HELD:
                # Who is held may be in a signal handler, and waits there.
                walker.state = _BLOCKED if kind == constants.LANE_BLOCKED else _RUNS
            if not any(each.state == _RUNS for each in self.walkers.values()):
                held = (each for each in self.walkers.values() if each.state == _HELD)
                longest = next(held, None)
                if longest is not None:
                    longest.let_go(_STUCK)


walk = _Walk()
_emit, _emit_text = sink.emit, sink.emit_text
_CHANGES = (constants.LANE_BLOCKED, constants.LANE_UNBLOCKED, constants.THREAD_ENDED)


def begin(stop: Callable[[], None]) -> None:
    """Begin; before any probe that tells of waits is put in place. `stop`: ends the watching of variables."""
    walk.is_on = True
    walk.stop = stop
    Begun.hooks.append(_begin_thread)
    os.register_at_fork(after_in_child=_after_fork_in_child)
    change = quiet(walk.change)

    def emit(kind: int, obj: int = 0, arg: int = 0, line: int = 0, file: int = 0) -> None:
        _emit(kind, obj, arg, line, file)
        if kind in _CHANGES:
            change(kind)

    def emit_text(kind: int, obj: int, text: str, arg: int = 0, line: int = 0, file: int = 0) -> None:
        _emit_text(kind, obj, text, arg, line, file)
        if kind in _CHANGES:
            change(kind)

    sink.emit, sink.emit_text = emit, emit_text


@quiet
def _begin_thread() -> None:
    walk.begin_thread()


@quiet
def _after_fork_in_child() -> None:
    walk.begin()
