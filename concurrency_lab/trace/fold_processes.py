"""The fold's part about processes: how they begin and end, and the signals that they send."""

from concurrency_lab.trace.fold_core import Event, FoldCore, Origin
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.states import DEAD, RUNNABLE, RUNNING, ZOMBIE


class ProcessFold(FoldCore):
    """Lanes of processes."""

    def __init__(self) -> None:
        super().__init__()
        self._forks: dict[int, Origin] = {}
        self._fork_flows: dict[int, int] = {}
        self._signals: dict[tuple[int, int], Origin] = {}
        self._reaped: set[str] = set()

    def _on_process_forked(self, event: Event, lane: Lane) -> None:
        self._forks[event["child"]] = (lane.key, event["ts_ns"])
        known = str(event["child"]) in self.lanes
        child = self._process(event["child"], event, lane.key)
        child.method = child.method or "fork"
        # The child may have spoken, or even ended, before fork returned in the parent.
        child.parent = child.parent or lane.key
        if known:
            self._forked(child)
        else:
            self._become(child, {**event, "line": 0}, RUNNABLE)
        self._ran(lane, event)

    def _on_process_spawned(self, event: Event, lane: Lane) -> None:
        child = event["child"]
        # Also when a fork was seen: a forkserver forks for somebody else, who is the one to show.
        if self._forks.get(child, ("", 0))[0] != lane.key:
            self._on_process_forked(event, lane)
        target = self.lanes[str(child)]
        target.method = event["method"]
        target.parent = lane.key
        if event["name"]:
            target.name = event["name"]
        target.internal = bool(event.get("internal", target.internal))
        self._ran(lane, event)

    def _on_process_started(self, event: Event, lane: Lane) -> None:
        lane.internal = bool(event.get("internal", lane.internal))
        if event.get("name"):
            lane.name = event["name"]
        if not lane.method or event["method"] != "fork":
            lane.method = event["method"]
        if lane.parent is None and str(event["ppid"]) in self.lanes:
            lane.parent = str(event["ppid"])
        self._become(lane, event, RUNNING)
        self._forked(lane)

    def _forked(self, child: Lane) -> None:
        origin = self._forks.get(child.pid)
        if origin is None or RUNNING not in child.state:
            return
        started_ns = child.start_ns[child.state.index(RUNNING)]
        # The child may have run before fork returned in the parent.
        flow = ("forked", origin[0], min(origin[1], started_ns), child.key, started_ns, child.key)
        index = self._fork_flows.setdefault(child.pid, len(self.flows))
        self.flows[index : index + 1] = [flow]

    def _on_process_named(self, event: Event, lane: Lane) -> None:
        self._lane_or(event, lane).name = event["name"]

    def _on_process_exited(self, event: Event, lane: Lane) -> None:
        self._end_process(event, lane, {"code": event["code"]})

    def _on_process_killed(self, event: Event, lane: Lane) -> None:
        origin = self._signals.pop((lane.pid, event["signal"]), None)
        if origin is not None:
            self._flow("signal", origin, lane.key, event["ts_ns"], lane.key)
        self._end_process(event, lane, {"signal": event["signal"]})

    def _on_process_execd(self, event: Event, lane: Lane) -> None:
        self._end_threads(event, lane)

    def _end_threads(self, event: Event, lane: Lane) -> None:
        for other in self.lanes.values():
            if other.pid == lane.pid and other.kind != "process":
                self._become(other, event, DEAD)
                self._release_all(other.key, event["ts_ns"])

    def _end_process(self, event: Event, lane: Lane, how: dict[str, int]) -> None:
        self._end_threads(event, lane)
        self._release_all(lane.key, event["ts_ns"])
        lane.exit = how
        self._become(lane, event, ZOMBIE)

    def _release_all(self, key: str, ts: int) -> None:
        """Forget the locks of a dead process; those that it shared with others stay as they are: taken for ever."""
        for resource in self.resources.values():
            if resource.open_holds and not resource.is_shared:
                for hold in [hold for hold in resource.open_holds if hold[0] == key]:
                    resource.end_hold(hold, ts)

    def _on_process_reaped(self, event: Event, lane: Lane) -> None:
        child = self.lanes.get(str(event["child"]))
        if child is not None:
            self._become(child, {**event, "line": 0}, DEAD)
            # The OS may have missed it in the process table before its parent's wait returned.
            if child is not lane and child.key not in self._reaped:
                self._reaped.add(child.key)
                self._flow("joined", (child.key, self._ended_ns(child)), lane.key, event["ts_ns"], child.key)
        self._ran(lane, event)

    def _ended_ns(self, lane: Lane) -> int:
        return lane.start_ns[lane.state.index(ZOMBIE if ZOMBIE in lane.state else DEAD)]

    def _on_process_orphaned(self, event: Event, lane: Lane) -> None:
        lane.orphaned.append((event["ts_ns"], event["ppid"]))

    def _on_signal_sent(self, event: Event, lane: Lane) -> None:
        self._signals[abs(event["target"]), event["signal"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_signal_received(self, event: Event, lane: Lane) -> None:
        origin = self._signals.pop((event["pid"], event["signal"]), None)
        if origin is not None:
            self._flow("signal", origin, lane.key, event["ts_ns"], lane.key)
        self._ran(lane, event)
