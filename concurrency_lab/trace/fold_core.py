"""What every part of the fold stands on: finding the lane of an event, and changing a lane's state."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from concurrency_lab.trace import states
from concurrency_lab.trace.lane import Lane, Resource
from concurrency_lab.trace.states import BLOCKED, DEAD, NEW, RUNNABLE, RUNNING

Event = dict[str, Any]
# A lane's key, and when it did what an arrow begins with.
Origin = tuple[str, int]


class FoldCore:
    """Takes in events and hands each to the method `_on_<kind>` of the part that knows it (fold_*.py)."""

    # Whether lanes are to know at which source lines they were.
    _keeps_path = True

    def __init__(self) -> None:
        self.lanes: dict[str, Lane] = {}
        # (kind, from lane, from_ns, to lane, to_ns, obj)
        self.flows: list[tuple[str, str, int, str, int, str]] = []
        self.resources: dict[str, Resource] = {}
        # (ts_ns, lane, stream, text)
        self.output: list[tuple[int, str, int, str]] = []
        # (ts_ns, task id, worker lane, function, value, end_ns or None, ok or None)
        self.tasks: dict[str, list[Any]] = {}
        self.warnings: list[tuple[int, str, str]] = []
        # what the trace itself says to have gone wrong: (ts_ns, code, lane keys, text, args)
        self.findings: list[tuple[int, str, list[str], str, dict[str, Any]]] = []
        # path -> text, beyond what the header holds
        self.sources: dict[str, str] = {}
        self.ended: Event | None = None
        # events taken in
        self.count = 0
        self.end_ns = 0
        self.dropped = 0
        self.illegal = 0
        # how often the lab held a lane between its read and its write of a variable (step mode)
        self.handed_over = 0
        self._by_tid: dict[tuple[int, int], Lane] = {}
        # what two parts of the fold share: who launched a thread or task, set an event, put an item or a task
        self._launches: dict[str, Origin] = {}
        self._sets: dict[str, Origin] = {}
        self._puts: dict[str, Origin] = {}
        # lane -> the call to a manager that it waits for
        self._asked: dict[str, str] = {}
        self._children = 0
        self._handlers: dict[str, Callable[[Event, Lane], None]] = {
            _kind_of(name): getattr(self, name) for name in dir(self) if name.startswith("_on_")
        }

    def feed(self, events: Iterable[Event]) -> Self:
        """Take in more events, in order; return self."""
        # A million events come through here: nearly every one is about a thread that is known.
        lane_by_tid, handlers, ran_at, keeps_path = self._by_tid, self._handlers, self._ran_at, self._keeps_path
        for event in events:
            self.count += 1
            ts = event["ts_ns"]
            if ts > self.end_ns:
                self.end_ns = ts
            kind = event["kind"]
            if "pid" not in event:
                self._take_run(kind, event)
                continue
            lane = lane_by_tid.get((event["pid"], event.get("tid")))  # type: ignore[arg-type]
            if lane is None or "task" in event or kind == "thread.started":
                lane = self._lane_of(event)
                if lane is None:
                    continue
                if lane.kind == "task":
                    self._ran(self.lanes[str(lane.parent)], event)
            if keeps_path and event["by"] == "probe" and event.get("line"):
                line, file = event["line"], event.get("file", "")
                if not lane.path_line or lane.path_line[-1] != line or lane.path_file[-1] != file:
                    lane.path_ns.append(ts)
                    lane.path_file.append(file)
                    lane.path_line.append(line)
            handlers.get(kind, ran_at)(event, lane)
        return self

    def feed_one(self, event: Event) -> None:
        """Take in one more event."""
        self.feed((event,))

    def _lane_of(self, event: Event) -> Lane | None:
        """Return the lane an event is about; None for a thread of which only the OS knows (yet)."""
        pid = event["pid"]
        if "task" in event:
            return self._task_lane(event)
        tid = int(event.get("tid", pid) or pid)
        if event["kind"] == "thread.started" and event.get("obj") in self.lanes:
            # Also when the id is known: the OS gives the number of a dead thread to a new one.
            return self._bind(self.lanes[event["obj"]], pid, tid)
        lane = self._by_tid.get((pid, tid))
        if lane is not None:
            return lane
        if tid == pid:
            return self._process(pid, event)
        if event["by"] != "probe":
            return None
        lane = self._add(Lane(f"{pid}/{tid}", "thread", pid, f"thread {tid}", str(pid), event["ts_ns"]))
        lane.unwatched = event["kind"] != "thread.started"
        return self._bind(lane, pid, tid)

    def _lane_or(self, event: Event, lane: Lane) -> Lane:
        return self.lanes.get(event.get("obj", ""), lane)

    def _bind(self, lane: Lane, pid: int, tid: int) -> Lane:
        lane.tid = tid
        self._by_tid[pid, tid] = lane
        return lane

    def _add(self, lane: Lane) -> Lane:
        self.lanes[lane.key] = lane
        return lane

    def _process(self, pid: int, event: Event, parent: str | None = None) -> Lane:
        lane = self.lanes.get(str(pid))
        if lane is None:
            if not self.lanes:
                name = "MainProcess"
            else:
                self._children += 1
                name = f"child-{self._children}"
            lane = self._add(Lane(str(pid), "process", pid, name, parent, event["ts_ns"]))
            self._bind(lane, pid, pid)
        return lane

    def _task_lane(self, event: Event) -> Lane:
        pid, key = event["pid"], event["task"]
        lane = self.lanes.get(key)
        if lane is None:
            thread = self._lane_of({name: value for name, value in event.items() if name != "task"})
            parent = thread.key if thread is not None else str(pid)
            lane = self._add(Lane(key, "task", pid, key, parent, event["ts_ns"]))
            lane.tid = event.get("tid", pid)
        return lane

    # -- a lane's states -----------------------------------------------------------------------------

    def _become(self, lane: Lane, event: Event, state: int, reason: str = "") -> None:
        now = lane.now
        if lane.state and state not in states.TRANSITIONS[now]:
            # A dead lane's late words are no transition; anything else would be our mistake.
            self.illegal += now != DEAD
            return
        code = states.REASON_CODES.get(reason, 0)
        obj = event.get("obj", "") if state == BLOCKED else ""
        if lane.state and now == state and lane.reason[-1] == code and lane.obj[-1] == obj:
            return
        self._add_span(lane, event, state, code, obj)

    def _add_span(self, lane: Lane, event: Event, state: int, reason: int, obj: str) -> None:
        lane.start_ns.append(event["ts_ns"])
        lane.state.append(state)
        lane.reason.append(reason)
        by = "inferred" if lane.unwatched and state == RUNNING and event["by"] == "probe" else event["by"]
        lane.source.append(states.SOURCE_CODES[by])
        lane.line.append(event.get("line", 0))
        lane.obj.append(obj)

    def _ran(self, lane: Lane, event: Event) -> None:
        """Its own probe spoke: at this instant it was on a CPU."""
        if lane.state and lane.state[-1] == RUNNING:
            # Nearly always.
            return
        if event["by"] == "probe" and (lane.now in (NEW, RUNNABLE) or lane.only_seen_blocked):
            self._become(lane, event, RUNNING)

    def _ran_at(self, event: Event, lane: Lane) -> None:
        self._ran(lane, event)

    def _flow(self, kind: str, origin: tuple[str, int], to_lane: str, to_ns: int, obj: str) -> None:
        self.flows.append((kind, origin[0], origin[1], to_lane, to_ns, obj))

    def _answered(self, event: Event, lane: Lane) -> None:
        """The lane goes on: if it waited for a manager, it has the answer."""

    # -- the run -------------------------------------------------------------------------------------

    def _take_run(self, kind: str, event: Event) -> None:
        if kind == "run.ended":
            self.ended = event
            self.dropped = max(self.dropped, event.get("dropped", 0))
        elif kind == "run.events_dropped":
            self.dropped += event["count"]
        elif kind == "source.loaded":
            self.sources[event["path"]] = event["text"]
        elif kind == "finding.made":
            self.findings.append((event["ts_ns"], event["code"], event["lanes"], event["text"], event["args"]))
        elif kind in ("run.limited", "warning.raised"):
            self.warnings.append((event["ts_ns"], event.get("code") or event.get("limit", ""), event["text"]))

    def _on_warning_raised(self, event: Event, lane: Lane) -> None:
        self.warnings.append((event["ts_ns"], event["code"], event["text"]))

    def _on_run_events_dropped(self, event: Event, lane: Lane) -> None:
        self.dropped += event["count"]


def _kind_of(handler: str) -> str:
    return handler.removeprefix("_on_").replace("_", ".", 1).replace("execd", "exec'd")
