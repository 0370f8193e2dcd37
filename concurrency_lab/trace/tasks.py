"""Says of each of a probe's events which asyncio task did it. Pure: from the order of a thread's events alone.

A probe tells when the event loop enters and leaves a task; what its thread says in between, the task says.
"""

from typing import Any

Event = dict[str, Any]

_ENTERED = {"task.started", "task.switched", "task.ended"}
# Events that must be given to `attribute` always; others only while it `is_needed`.
TELLS_TASKS = frozenset({*_ENTERED, "process.started"})
# The interpreter's or the thread's own words, also while a task runs.
_NOT_THE_TASKS = {"process.started", "thread.started", "thread.ended", "run.events_dropped", "warning.raised"}


class Tasks:
    """Knows the running task of each thread. Feed it one process's events in the order of their slots."""

    def __init__(self) -> None:
        self._running: dict[int, str] = {}

    @property
    def is_needed(self) -> bool:
        """Whether any task is running."""
        return bool(self._running)

    def attribute(self, thread: int, event: Event) -> None:
        """Set the event's `task` if one did it; `thread`: whatever tells this process's threads apart."""
        kind = event["kind"]
        if kind in _ENTERED:
            task = event["task"] = event.pop("obj")
            if kind == "task.started" or event.get("running"):
                self._running[thread] = task
            elif self._running.get(thread) == task:
                del self._running[thread]
        elif kind == "process.started":
            # The program was replaced by another.
            self._running.clear()
        elif self._running and kind not in _NOT_THE_TASKS and thread in self._running:
            event["task"] = self._running[thread]
