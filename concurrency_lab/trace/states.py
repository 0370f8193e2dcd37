"""The states of a lane, the reasons it may be blocked for, and which transitions can happen.

One definition for Python, JavaScript (generated) and the docs (generated).
"""

from typing import NamedTuple


class State(NamedTuple):
    """One lane state; `code` is what spans and JavaScript use."""

    code: int
    name: str
    meaning: str


class Reason(NamedTuple):
    """Why a lane is blocked (or, for `gil` and `cpu`, why it is runnable and not running)."""

    code: int
    name: str
    look: str
    meaning: str


STATES = (
    State(0, "new", "created, but not yet handed to the scheduler"),
    State(1, "runnable", "could run, but was not on a CPU: waits for a core or for the GIL"),
    State(2, "running", "seen on a CPU"),
    State(3, "blocked", "waits for something else; the reason says for what"),
    State(4, "zombie", "a process that has ended and that its parent has not waited for"),
    State(5, "dead", "ended; a process: ended and reaped"),
)
NEW, RUNNABLE, RUNNING, BLOCKED, ZOMBIE, DEAD = (state.code for state in STATES)

# `look` is the palette entry a span is drawn with, see LOOKS.
REASONS = (
    Reason(0, "", "", "no reason given"),
    Reason(1, "lock", "locked", "wants a lock that another lane holds"),
    Reason(2, "condition", "waiting", "waits on a condition until it is notified"),
    Reason(3, "event", "waiting", "waits until an event is set"),
    Reason(4, "semaphore", "locked", "wants a semaphore that has no permit left"),
    Reason(5, "barrier", "waiting", "waits at a barrier for the others"),
    Reason(6, "join", "waiting", "waits until a thread, process, queue or pool has finished"),
    Reason(7, "sleep", "sleeping", "sleeps for a time"),
    Reason(8, "queue_put", "waiting", "wants to put into a full queue"),
    Reason(9, "queue_get", "waiting", "wants an item from an empty queue"),
    Reason(10, "waitpid", "waiting", "waits for a child process to change state"),
    Reason(11, "io", "waiting", "waits for input or output"),
    Reason(12, "future", "waiting", "waits for the result of a task"),
    Reason(13, "manager", "waiting", "waits for an answer of a manager process"),
    Reason(14, "gil", "runnable", "ready, but another thread holds the GIL"),
    Reason(15, "input", "waiting", "waits for the user to type"),
    Reason(16, "cpu", "runnable", "ready, but on the run queue: no core is free"),
    Reason(17, "step", "waiting", "step mode: the lab holds it between its read and its write of a variable"),
)

# How spans are drawn: one palette entry each (shared/facts/screen.md has the measured colours).
LOOKS = ("new", "runnable", "running", "locked", "waiting", "sleeping", "zombie", "dead")

# How we know: the value of `by` in events and spans.
SOURCES = ("probe", "os", "inferred")

STATE_NAMES = tuple(state.name for state in STATES)
REASON_NAMES = tuple(reason.name for reason in REASONS)
REASON_CODES = {reason.name: reason.code for reason in REASONS}
SOURCE_CODES = {name: code for code, name in enumerate(SOURCES)}

# What a lane may do next. Blocked -> blocked is real: a thread woken from a condition goes on to
# wait for its lock. A kill can end a process in any state, so everything may become zombie or dead.
TRANSITIONS = {
    NEW: frozenset({RUNNABLE, RUNNING, BLOCKED, ZOMBIE, DEAD}),
    RUNNABLE: frozenset({RUNNING, RUNNABLE, BLOCKED, ZOMBIE, DEAD}),
    RUNNING: frozenset({RUNNABLE, RUNNING, BLOCKED, ZOMBIE, DEAD}),
    BLOCKED: frozenset({RUNNABLE, RUNNING, BLOCKED, ZOMBIE, DEAD}),
    ZOMBIE: frozenset({DEAD}),
    DEAD: frozenset(),
}
