"""Events -> lanes with their spans, flows, resources and output: the one fold that all readers share.

JavaScript has the same fold (static/js/trace/fold.js); tests/golden/ pins both to the same result.
Feed it events in order; its result is right after every one, so a live view needs nothing else.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from concurrency_lab.trace import states
from concurrency_lab.trace.states import BLOCKED, DEAD, NEW, RUNNABLE, RUNNING, ZOMBIE

Event = dict[str, Any]

# The names that asyncio gives to tasks.
_AUTOMATIC = re.compile(r"Task-\d+")
_TOLD_OTHERWISE = {states.REASON_CODES[name] for name in ("queue_get", "sleep", "io")}


class Lane:
    """The row of one process (its main thread), thread or asyncio task.

    Spans are columns: span i lasts from `start_ns[i]` to `start_ns[i + 1]` (the last one: still).
    `path_ns`, `path_file`, `path_line` say at which source line the lane was last seen.
    """

    def __init__(self, key: str, kind: str, pid: int, name: str, parent: str | None, created_ns: int) -> None:
        self.key = key
        self.kind = kind
        self.pid = pid
        self.tid: int | None = None
        self.name = name
        self.parent = parent
        self.internal = False
        self.daemon = False
        self.created_ns = created_ns
        self.method = ""
        self.exit: dict[str, int] | None = None
        self.orphaned: list[tuple[int, int]] = []
        self.cpu_ns: int | None = None
        self.start_ns: list[int] = []
        self.state: list[int] = []
        self.reason: list[int] = []
        self.source: list[int] = []
        self.line: list[int] = []
        self.obj: list[str] = []
        self.path_ns: list[int] = []
        self.path_file: list[str] = []
        self.path_line: list[int] = []

    @property
    def now(self) -> int:
        """The state it is in; NEW before the first span."""
        return self.state[-1] if self.state else NEW

    @property
    def only_seen_blocked(self) -> bool:
        """It is blocked as the OS sees it, or must have been; its own probe did not say so."""
        return self.now == BLOCKED and self.source[-1] != states.SOURCE_CODES["probe"]


class Resource:
    """A lock, condition, queue, ...: who held it, and how many items were in it."""

    def __init__(self, obj: str, kind: str, type_name: str, name: str, created_ns: int) -> None:
        self.obj = obj
        self.kind = kind
        self.type = type_name
        self.name = name
        self.created_ns = created_ns
        self.file = ""
        self.line = 0
        # [lane key, from_ns, to_ns or None while held]
        self.holds: list[list[Any]] = []
        # those of `holds` that have not ended
        self.open_holds: list[list[Any]] = []
        self.depth_ns: list[int] = []
        self.depth: list[int] = []

    @property
    def is_shared(self) -> bool:
        """It belongs to several processes, and outlives each of them."""
        return self.type.startswith("multiprocessing.")


class Fold:
    """See the module. `lanes`, `flows`, `resources`, `output` are the result so far."""

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
        self._by_tid: dict[tuple[int, int], Lane] = {}
        self._forks: dict[int, tuple[str, int]] = {}
        self._launches: dict[str, tuple[str, int]] = {}
        self._notifies: dict[tuple[str, str], int] = {}
        self._sets: dict[str, tuple[str, int]] = {}
        self._puts: dict[str, tuple[str, int]] = {}
        self._unsent: dict[str, deque[str]] = {}
        self._early_gets: dict[str, deque[tuple[str, int]]] = {}
        self._signals: dict[tuple[int, int], tuple[str, int]] = {}
        # an end of a pipe -> the end at which it is received
        self._peers: dict[str, str] = {}
        # an end -> [who sent it, bytes not yet read, whether its arrow is to be drawn]
        self._in_pipe: dict[str, deque[list[Any]]] = {}
        self._owed: dict[str, int] = {}
        # task -> (who made it ready, when, by what)
        self._wakes: dict[str, tuple[str, int, str]] = {}
        self._fork_flows: dict[int, int] = {}
        self._reaped: set[str] = set()
        self._children = 0
        self._handlers: dict[str, Callable[[Event, Lane], None]] = {
            name.replace("_", ".", 1).replace("execd", "exec'd"): getattr(self, f"_on_{name}") for name in _HANDLED
        }

    def feed(self, events: Iterable[Event]) -> "Fold":
        """Take in more events, in order; return self."""
        # A million events come through here: nearly every one is about a thread that is known, at a line of its own.
        lane_by_tid, handlers, ran_at = self._by_tid, self._handlers, self._ran_at
        for event in events:
            self.count += 1
            ts = event["ts_ns"]
            if ts > self.end_ns:
                self.end_ns = ts
            kind = event["kind"]
            if "pid" not in event:
                self._on_run(kind, event)
                continue
            lane = lane_by_tid.get((event["pid"], event.get("tid")))  # type: ignore[arg-type]
            if lane is None or kind == "thread.started" or "task" in event:
                lane = self._lane_of(event)
                if lane is None:
                    continue
            line = event.get("line")
            if line and event["by"] == "probe":
                self._step(lane, ts, event.get("file", ""), line)
            if lane.kind == "task":
                self._ran(self.lanes[str(lane.parent)], event)
            handlers.get(kind, ran_at)(event, lane)
        return self

    def feed_one(self, event: Event) -> None:
        """Take in one more event."""
        self.feed((event,))

    def _step(self, lane: Lane, ts: int, file: str, line: int) -> None:
        if lane.path_line and lane.path_line[-1] == line and lane.path_file[-1] == file:
            return
        lane.path_ns.append(ts)
        lane.path_file.append(file)
        lane.path_line.append(line)

    # -- lanes -------------------------------------------------------------------------------------

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
        return self._bind(lane, pid, tid)

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
        lane.source.append(states.SOURCE_CODES[event["by"]])
        lane.line.append(event.get("line", 0))
        lane.obj.append(obj)

    # -- the run -------------------------------------------------------------------------------------

    def _on_run(self, kind: str, event: Event) -> None:
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

    # -- processes -----------------------------------------------------------------------------------

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
                    self._end_hold(resource, hold, ts)

    def _end_hold(self, resource: Resource, hold: list[Any], ts: int) -> None:
        hold[2] = ts
        resource.open_holds.remove(hold)

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

    # -- threads -------------------------------------------------------------------------------------

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

    def _lane_or(self, event: Event, lane: Lane) -> Lane:
        return self.lanes.get(event.get("obj", ""), lane)

    # -- tasks ---------------------------------------------------------------------------------------

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

    # -- a lane's states -----------------------------------------------------------------------------

    def _ran(self, lane: Lane, event: Event) -> None:
        """Its own probe spoke: at this instant it was on a CPU."""
        if lane.state and lane.state[-1] == RUNNING:
            return
        if event["by"] == "probe" and (lane.now in (NEW, RUNNABLE) or lane.only_seen_blocked):
            self._become(lane, event, RUNNING)

    def _ran_at(self, event: Event, lane: Lane) -> None:
        self._ran(lane, event)

    def _on_lane_blocked(self, event: Event, lane: Lane) -> None:
        self._become(lane, event, BLOCKED, event["reason"])
        if lane.kind == "task":
            # Not an await: the whole event loop stands still.
            self._become(self.lanes[str(lane.parent)], event, BLOCKED, event["reason"])

    def _on_lane_unblocked(self, event: Event, lane: Lane) -> None:
        was_event = lane.now == BLOCKED and lane.reason[-1] == states.REASON_CODES["event"]
        if was_event and event["result"] and event.get("obj") in self._sets:
            origin = self._sets[event["obj"]]
            self._flow("notified", origin, lane.key, event["ts_ns"], event["obj"])
        for each in (lane, self.lanes[str(lane.parent)]) if lane.kind == "task" else (lane,):
            if each.now not in (ZOMBIE, DEAD):
                self._become(each, event, RUNNING)

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

    # -- resources -----------------------------------------------------------------------------------

    def _resource(self, event: Event, lane: Lane) -> None:
        noun = event["kind"].partition(".")[0]
        resource = Resource(event["obj"], noun, event.get("type", noun), event.get("name", ""), event["ts_ns"])
        resource.file, resource.line = event.get("file", ""), event.get("line", 0)
        self.resources[event["obj"]] = resource
        self._ran(lane, event)

    _on_shared_created = _on_lock_created = _on_condition_created = _on_event_created = _resource
    _on_semaphore_created = _on_barrier_created = _on_queue_created = _on_pool_created = _resource

    def _on_lock_acquired(self, event: Event, lane: Lane) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None and event["depth"] <= 1:
            self._begin_hold(resource, [lane.key, event["ts_ns"], None])
        self._ran(lane, event)

    def _begin_hold(self, resource: Resource, hold: list[Any]) -> None:
        resource.holds.append(hold)
        resource.open_holds.append(hold)

    def _on_lock_released(self, event: Event, lane: Lane) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None and event["depth"] == 0 and resource.open_holds:
            # A plain Lock may be released by another lane than the one that took it.
            held = resource.open_holds
            if len(held) > 1:
                held = [hold for hold in held if hold[0] == lane.key] or held
            self._end_hold(resource, held[-1], event["ts_ns"])
        self._ran(lane, event)

    def _on_condition_notified(self, event: Event, lane: Lane) -> None:
        self._notifies[lane.key, event["obj"]] = event["ts_ns"]
        self._ran(lane, event)

    def _on_condition_woken(self, event: Event, lane: Lane) -> None:
        waker = self._by_tid.get((event["pid"], event["waker"]))
        if waker is not None and (waker.key, event["obj"]) in self._notifies:
            origin = (waker.key, self._notifies[waker.key, event["obj"]])
            self._flow("notified", origin, lane.key, event["ts_ns"], event["obj"])
        if lane.now == BLOCKED:
            self._become(lane, event, RUNNING)

    def _on_event_set(self, event: Event, lane: Lane) -> None:
        self._sets[event["obj"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_queue_put(self, event: Event, lane: Lane) -> None:
        self._depth(event)
        if "item" in event:
            self._puts[event["item"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_queue_sent(self, event: Event, lane: Lane) -> None:
        item = event.get("item", "")
        early = self._early_gets.get(event["obj"])
        if early:
            self._put_got(item, event["obj"], *early.popleft())
        else:
            self._unsent.setdefault(event["obj"], deque()).append(item)

    def _on_queue_got(self, event: Event, lane: Lane) -> None:
        self._depth(event)
        obj, ts = event["obj"], event["ts_ns"]
        if "item" in event:
            self._put_got(event["item"], obj, lane.key, ts)
        elif self._unsent.get(obj):
            # A queue between processes is a pipe: the n-th item sent is the n-th got.
            self._put_got(self._unsent[obj].popleft(), obj, lane.key, ts)
        else:
            # Its reader may be quicker than its sender's word of it.
            self._early_gets.setdefault(obj, deque()).append((lane.key, ts))
        self._ran(lane, event)

    def _put_got(self, item: str, obj: str, lane_key: str, ts: int) -> None:
        origin = self._puts.pop(item, None)
        if origin is not None:
            self._flow("put_got", origin, lane_key, ts, obj)

    def _depth(self, event: Event) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None:
            resource.depth_ns.append(event["ts_ns"])
            resource.depth.append(event["depth"])

    # -- pipes and shared memory -----------------------------------------------------------------------

    def _on_pipe_created(self, event: Event, lane: Lane) -> None:
        self._peers[event["obj"]] = event.get("peer") or event["obj"]
        self._resource(event, lane)

    def _on_shared_attached(self, event: Event, lane: Lane) -> None:
        if event["obj"] in self.resources:
            self._ran(lane, event)
        else:
            self._resource(event, lane)

    def _on_pipe_sent(self, event: Event, lane: Lane) -> None:
        end = self._peers.get(event["obj"]) or str(event["obj"])
        # Its reader may be quicker than its sender's word of it.
        early = min(self._owed.get(end, 0), event["bytes"])
        self._owed[end] = self._owed.get(end, 0) - early
        self._in_pipe.setdefault(end, deque()).append([(lane.key, event["ts_ns"]), event["bytes"] - early, early == 0])
        self._ran(lane, event)

    def _on_pipe_received(self, event: Event, lane: Lane) -> None:
        """A pipe is a stream: who wrote the bytes that are read is known by counting them."""
        obj, left = event["obj"], event["bytes"]
        waiting = self._in_pipe.get(obj, deque())
        while left and waiting:
            message = waiting[0]
            if message[2]:
                self._flow("sent", message[0], lane.key, event["ts_ns"], obj)
                message[2] = False
            taken = min(left, message[1])
            left -= taken
            message[1] -= taken
            if not message[1]:
                waiting.popleft()
        if left:
            self._owed[obj] = self._owed.get(obj, 0) + left
        self._ran(lane, event)

    # -- signals, pools, output ------------------------------------------------------------------------

    def _on_signal_sent(self, event: Event, lane: Lane) -> None:
        self._signals[abs(event["target"]), event["signal"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_signal_received(self, event: Event, lane: Lane) -> None:
        origin = self._signals.pop((event["pid"], event["signal"]), None)
        if origin is not None:
            self._flow("signal", origin, lane.key, event["ts_ns"], lane.key)
        self._ran(lane, event)

    def _on_pool_task_submitted(self, event: Event, lane: Lane) -> None:
        self._puts["task " + event["task_id"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_pool_task_started(self, event: Event, lane: Lane) -> None:
        task_id = event["task_id"]
        self.tasks[task_id] = [
            event["ts_ns"], task_id, lane.key, event["function"], event.get("value", ""), None, None,
        ]  # fmt: skip
        origin = self._puts.pop("task " + task_id, None)
        if origin is not None:
            self._flow("task", origin, lane.key, event["ts_ns"], task_id)
        self._ran(lane, event)

    def _on_pool_task_ended(self, event: Event, lane: Lane) -> None:
        task = self.tasks.get(event["task_id"])
        if task is not None:
            task[5], task[6] = event["ts_ns"], event["ok"]
        self._ran(lane, event)

    def _on_output_written(self, event: Event, lane: Lane) -> None:
        self.output.append((event["ts_ns"], lane.key, event["stream"], event["text"]))
        self._ran(lane, event)

    def _flow(self, kind: str, origin: tuple[str, int], to_lane: str, to_ns: int, obj: str) -> None:
        self.flows.append((kind, origin[0], origin[1], to_lane, to_ns, obj))

    # -- the result as plain data ----------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data: what the golden files hold."""
        return {
            "lanes": [_lane_dict(lane) for lane in self.lanes.values()],
            "flows": [list(flow) for flow in self.flows],
            "resources": [_resource_dict(resource) for resource in self.resources.values()],
            "tasks": list(self.tasks.values()),
            "output": [list(entry) for entry in self.output],
            "warnings": [list(entry) for entry in self.warnings],
            "findings": [list(entry) for entry in self.findings],
            "end_ns": self.end_ns,
            "dropped": self.dropped,
            "illegal": self.illegal,
        }


_HANDLED = tuple(name.removeprefix("_on_") for name in vars(Fold) if name.startswith("_on_") and name != "_on_run")


def _lane_dict(lane: Lane) -> dict[str, Any]:
    columns = zip(lane.start_ns, lane.state, lane.reason, lane.source, lane.line, lane.obj, strict=True)
    path = zip(lane.path_ns, lane.path_file, lane.path_line, strict=True)
    return {
        "key": lane.key,
        "kind": lane.kind,
        "pid": lane.pid,
        "tid": lane.tid,
        "name": lane.name,
        "parent": lane.parent,
        "internal": lane.internal,
        "daemon": lane.daemon,
        "method": lane.method,
        "created_ns": lane.created_ns,
        "exit": lane.exit,
        "orphaned": [list(entry) for entry in lane.orphaned],
        "cpu_ns": lane.cpu_ns,
        "spans": [list(span) for span in columns],
        "path": [list(step) for step in path],
    }


def _resource_dict(resource: Resource) -> dict[str, Any]:
    return {
        "obj": resource.obj,
        "kind": resource.kind,
        "type": resource.type,
        "name": resource.name,
        "created_ns": resource.created_ns,
        "file": resource.file,
        "line": resource.line,
        "holds": resource.holds,
        "depth": [list(point) for point in zip(resource.depth_ns, resource.depth, strict=True)],
    }
