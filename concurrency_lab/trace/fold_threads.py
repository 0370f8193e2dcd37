"""The fold's part about threads, and about what lanes of all kinds wait for and run on."""

from concurrency_lab.trace import states
from concurrency_lab.trace.fold_core import Event, FoldCore
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.states import BLOCKED, DEAD, NEW, RUNNABLE, RUNNING, ZOMBIE

_STEP = states.REASON_CODES["step"]
# What is waited for until somebody sets it, once for all.
_SET = (states.REASON_CODES["event"], states.REASON_CODES["future"])


class ThreadFold(FoldCore):
    """Lanes of threads; states that a probe or the OS saw."""

    def _on_thread_created(self, event: Event, lane: Lane) -> None:
        key = event["obj"]
        thread = self._add(Lane(key, "thread", lane.pid, event["name"], str(lane.pid), event["ts_ns"]))
        thread.internal = bool(event.get("internal", False))
        thread.daemon = event["daemon"]
        self._become(thread, {**event, "line": 0}, NEW)
        self._ran(lane, event)

    def _on_thread_launched(self, event: Event, lane: Lane) -> None:
        self._launches[event["obj"]] = (lane.key, event["ts_ns"])
        thread = self.lanes.get(event["obj"])
        if thread is not None:
            thread.daemon = event.get("daemon", thread.daemon)
        if thread is not None and thread.now == NEW:
            self._become(thread, {**event, "by": "inferred", "line": 0}, RUNNABLE)
        self._ran(lane, event)

    def _on_thread_started(self, event: Event, lane: Lane) -> None:
        self._become(lane, event, RUNNING)
        origin = self._launches.get(event.get("obj", ""))
        if origin is not None:
            self._flow("started", origin, lane.key, event["ts_ns"], lane.key)

    def _on_thread_ended(self, event: Event, lane: Lane) -> None:
        if lane.kind == "thread":
            self._become(lane, event, DEAD)

    def _on_thread_joined(self, event: Event, lane: Lane) -> None:
        thread = self.lanes.get(event["obj"])
        if thread is not None and thread.now == DEAD:
            self._flow("joined", (thread.key, thread.start_ns[-1]), lane.key, event["ts_ns"], thread.key)
        self._ran(lane, event)

    def _on_thread_named(self, event: Event, lane: Lane) -> None:
        self._lane_or(event, lane).name = event["name"]

    # -- a lane's states -----------------------------------------------------------------------------

    def _on_lane_blocked(self, event: Event, lane: Lane) -> None:
        self._become(lane, event, BLOCKED, event["reason"])
        if lane.kind == "task":
            # Not an await: the whole event loop stands still.
            self._become(self.lanes[str(lane.parent)], event, BLOCKED, event["reason"])

    def _on_lane_unblocked(self, event: Event, lane: Lane) -> None:
        was_signal = lane.now == BLOCKED and lane.reason[-1] in _SET
        if was_signal and event["result"] and event.get("obj") in self._sets:
            origin = self._sets[event["obj"]]
            self._flow("notified", origin, lane.key, event["ts_ns"], event["obj"])
        if lane.key in self._asked:
            self._answered(event, lane)
        for each in (lane, self.lanes[str(lane.parent)]) if lane.kind == "task" else (lane,):
            if each.now not in (ZOMBIE, DEAD):
                self._become(each, event, RUNNING)

    def _on_step_handed_over(self, event: Event, lane: Lane) -> None:
        self.handed_over += 1
        other = self._by_tid.get((lane.pid, event["other"]))
        if other is not None and lane.now == BLOCKED and lane.reason[-1] == _STEP:
            held = (lane.key, lane.start_ns[-1])
            self._flow("overtaken", held, other.key, event["ts_ns"] - event["age_ns"], event["obj"])

    def _on_lane_on_cpu(self, event: Event, lane: Lane) -> None:
        if lane.now in (NEW, RUNNABLE) or lane.only_seen_blocked:
            self._become(lane, event, RUNNING)

    def _on_lane_off_cpu(self, event: Event, lane: Lane) -> None:
        if lane.now in (RUNNING, RUNNABLE) or lane.only_seen_blocked:
            if event["reason"] in ("gil", "cpu"):
                self._become(lane, event, RUNNABLE, event["reason"])
            else:
                self._become(lane, event, BLOCKED, event["reason"])

    def _on_lane_measured(self, event: Event, lane: Lane) -> None:
        lane.cpu_ns = event["cpu_ns"]
