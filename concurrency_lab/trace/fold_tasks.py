"""The fold's part about asyncio's tasks."""

import re

from concurrency_lab.trace import states
from concurrency_lab.trace.fold_core import Event, FoldCore
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.states import BLOCKED, DEAD, RUNNABLE, RUNNING

# The names that asyncio gives to tasks.
_AUTOMATIC = re.compile(r"Task-\d+")
_TOLD_OTHERWISE = {states.REASON_CODES[name] for name in ("queue_get", "sleep", "io")}


class TaskFold(FoldCore):
    """Lanes of tasks."""

    def __init__(self) -> None:
        super().__init__()
        # task -> (who made it ready, when, by what)
        self._wakes: dict[str, tuple[str, int, str]] = {}

    def _on_task_created(self, event: Event, lane: Lane) -> None:
        key, name, coro = event["obj"], event["name"], event.get("coro", "")
        if _AUTOMATIC.fullmatch(name) and coro:
            name = f"{name} ({coro.rpartition('.')[2]})"
        parent = lane.parent if lane.kind == "task" else lane.key
        task = self._add(Lane(key, "task", lane.pid, name, parent, event["ts_ns"]))
        task.tid = lane.tid
        task.internal = bool(event.get("internal", False))
        self._launches[key] = (lane.key, event["ts_ns"])
        self._become(task, {**event, "line": 0}, RUNNABLE)
        self._ran(lane, event)

    def _on_task_named(self, event: Event, lane: Lane) -> None:
        self._lane_or(event, lane).name = event["name"]

    def _on_task_started(self, event: Event, lane: Lane) -> None:
        self._become(lane, event, RUNNING)
        origin = self._launches.pop(lane.key, None)
        if origin is not None:
            self._flow("started", origin, lane.key, event["ts_ns"], lane.key)

    def _on_task_scheduled(self, event: Event, lane: Lane) -> None:
        task = self.lanes.get(event["obj"])
        if task is not None and task.now == BLOCKED:
            obj = task.obj[-1]
            # Items and results have arrows of their own; a timer's end is nobody's doing.
            is_told = task.reason[-1] in _TOLD_OTHERWISE or obj in self.lanes
            if lane.kind == "task" and lane is not task and not is_told:
                self._wakes[task.key] = (lane.key, event["ts_ns"], obj)
            self._become(task, {**event, "line": 0}, RUNNABLE)
        self._ran(lane, event)

    def _on_task_switched(self, event: Event, lane: Lane) -> None:
        if event["running"]:
            self._become(lane, event, RUNNING)
            wake = self._wakes.pop(lane.key, None)
            if wake is not None:
                self._flow("notified", wake[:2], lane.key, event["ts_ns"], wake[2])
        elif "reason" in event:
            self._become(lane, {**event, "obj": event.get("target", "")}, BLOCKED, event["reason"])
        else:
            self._become(lane, event, RUNNABLE)

    def _on_task_joined(self, event: Event, lane: Lane) -> None:
        task = self.lanes.get(event["obj"])
        if task is not None and task.now == DEAD:
            self._flow("joined", (task.key, task.start_ns[-1]), lane.key, event["ts_ns"], task.key)
        self._ran(lane, event)

    def _on_task_ended(self, event: Event, lane: Lane) -> None:
        self._become(lane, event, DEAD)
