"""The fold without its past: who waits for what at this instant, and the little history that rules need.

Its memory does not grow with the number of events, so that a supervisor can have one for every run.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from concurrency_lab.trace import states, turns
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.fold_core import Event
from concurrency_lab.trace.lane import Lane, Resource

# A daemon that wakes now and then is seldom at it for so long. Time on a core, as the OS saw it: on a busy machine one
# that has only just begun, or that wants the GIL of an interpreter that ends, stands there for as long.
_BUSY_NS = 100_000_000


class Wait(NamedTuple):
    """What a lane's own probe said of why it does not go on."""

    reason: str
    obj: str
    since_ns: int
    timeout_s: float | None
    at_exit: bool
    line: int
    file: str


class Word(NamedTuple):
    """One thing that a lane did to a resource."""

    lane: str
    ts_ns: int
    line: int


class Task(NamedTuple):
    """What a lane was in the midst of: `what` is item, lock or busy."""

    what: str
    obj: str = ""
    value: str = ""
    line: int = 0


class Use:
    """How a resource has been used so far."""

    def __init__(self) -> None:
        # queues
        self.left = 0
        self.unfinished = 0
        self.putters: set[str] = set()
        self.getters: set[str] = set()
        # semaphores: who took a permit and has not given it back
        self.permits = 0
        self.takers: list[str] = []
        # somebody gave back what he had not taken: it is used as a signal
        self.is_signal = False
        # conditions and events
        self.lock = ""
        self.last_in_vain: Word | None = None
        self.cleared = False
        # a condition's lock: how often each lane took it since the last notify
        self.visits: dict[str, int] | None = None


class Present(Fold):
    """See the module. Lanes keep only their last span; flows, output, depths and paths are not kept."""

    _keeps_path = False

    def __init__(self) -> None:
        super().__init__()
        self.waits: dict[str, Wait] = {}
        self.uses: dict[str, Use] = {}
        # lane -> (queue, value, line) of the item that it took and has not come back from
        self.in_hand: dict[str, tuple[str, str, int]] = {}
        # lane -> how long it was on a core since it last waited for anything; and since when it is on one
        self.ran_ns: dict[str, int] = {}
        self.on_core_ns: dict[str, int] = {}
        self.ended_ns: dict[str, int] = {}
        # processes that a library started, and ends or waits for
        self.of_library: set[str] = set()
        # ended by their parent's interpreter when it ended: their keys
        self.ended_at_exit: set[str] = set()
        # daemons that ended with their process -> what they were in the midst of
        self.cut_short: dict[str, Task] = {}
        # lane -> how long it waited for the GIL; process -> how its threads shared it
        self.gil_ns: dict[str, int] = {}
        # future -> the lane that works for it now
        self.workers: dict[str, str] = {}
        self.turns: dict[int, turns.Turns] = {}
        self._unsent_work: set[str] = set()
        # the queue into whose pipe a library's thread last wrote
        self._sending: dict[str, str] = {}

    # -- questions that rules ask --------------------------------------------------------------------

    def is_alive(self, lane: Lane) -> bool:
        """Whether it has begun and not ended."""
        return lane.now not in (states.NEW, states.ZOMBIE, states.DEAD)

    def alive(self) -> Iterator[Lane]:
        """Yield the lanes of processes and threads that can still do something."""
        return (lane for lane in self.lanes.values() if lane.kind != "task" and self.is_alive(lane))

    def name(self, key: str) -> str:
        """Return what to call a lane: as the timeline does."""
        lane = self.lanes.get(key)
        if lane is None:
            return "?"
        processes = (other for other in self.lanes.values() if other.kind == "process" and not other.internal)
        return "MainThread" if lane.kind == "process" and len(list(processes)) == 1 else lane.name

    def key_of(self, pid: int, tid: int) -> str:
        """Return the key of a thread's lane."""
        lane = self._by_tid.get((pid, tid))
        return f"{pid}/{tid}" if lane is None else lane.key

    def use(self, obj: str) -> Use:
        """Return how this resource has been used."""
        found = self.uses.get(obj)
        if found is None:
            found = self.uses[obj] = Use()
        return found

    # -- no past -------------------------------------------------------------------------------------

    def _flow(self, kind: str, origin: tuple[str, int], to_lane: str, to_ns: int, obj: str) -> None:
        pass

    def _depth(self, event: Event) -> None:
        pass

    def _begin_hold(self, resource: Resource, hold: list[Any]) -> None:
        resource.open_holds.append(hold)

    def _on_output_written(self, event: Event, lane: Lane) -> None:
        self._ran(lane, event)

    def _on_pool_task_started(self, event: Event, lane: Lane) -> None:
        super()._on_pool_task_started(event, lane)
        if event["task_id"] in self._futures:
            self.workers[self._futures[event["task_id"]]] = lane.key

    def _on_pool_task_ended(self, event: Event, lane: Lane) -> None:
        self.tasks.pop(event["task_id"], None)
        self.workers.pop(self._futures.pop(event["task_id"], ""), None)
        self._ran(lane, event)

    def _on_future_resolved(self, event: Event, lane: Lane) -> None:
        self._ran(lane, event)

    def _add_span(self, lane: Lane, event: Event, state: int, reason: int, obj: str) -> None:
        ts = event["ts_ns"]
        if lane.kind != "task":
            self._take_turns(lane, ts, state, reason)
        if lane.state:
            lane.start_ns[-1], lane.state[-1], lane.reason[-1] = ts, state, reason
            lane.source[-1], lane.line[-1], lane.obj[-1] = states.SOURCE_CODES[event["by"]], event.get("line", 0), obj
        else:
            super()._add_span(lane, event, state, reason, obj)
        if state in (states.ZOMBIE, states.DEAD):
            self.waits.pop(lane.key, None)
            self.ended_ns.setdefault(lane.key, ts)

    def _take_turns(self, lane: Lane, ts: int, state: int, reason: int) -> None:
        process = self.turns.get(lane.pid)
        if process is None:
            process = self.turns[lane.pid] = turns.Turns(ts)
        wants = turns.wish(state, reason)
        if not lane.state:
            process.begin(ts, wants)
            return
        before = turns.wish(lane.state[-1], lane.reason[-1])
        process.change(ts, before, wants)
        if before == turns.WANTS_GIL:
            self.gil_ns[lane.key] = self.gil_ns.get(lane.key, 0) + ts - lane.start_ns[-1]

    # -- waits ---------------------------------------------------------------------------------------

    def _on_lane_blocked(self, event: Event, lane: Lane) -> None:
        super()._on_lane_blocked(event, lane)
        reason, obj = event["reason"], event.get("obj", "")
        # A wait for a queue that is not told of, such as a library's own, has no obj.
        in_hand = self.in_hand.get(lane.key)
        if reason == "queue_get" and in_hand is not None and in_hand[0] == obj:
            del self.in_hand[lane.key]
        if self.is_alive(lane):
            self._waits(lane, event, reason, obj)

    def _waits(self, lane: Lane, event: Event, reason: str, obj: str) -> None:
        self.waits[lane.key] = Wait(
            reason,
            obj,
            event["ts_ns"],
            event.get("timeout_s"),
            bool(event.get("at_exit")),
            event.get("line", 0),
            event.get("file", ""),
        )

    def _goes_on(self, event: Event, lane: Lane) -> None:
        if self.waits.pop(lane.key, None) is not None:
            self.ran_ns.pop(lane.key, None)
            self.on_core_ns.pop(lane.key, None)

    def _on_lane_unblocked(self, event: Event, lane: Lane) -> None:
        super()._on_lane_unblocked(event, lane)
        self._goes_on(event, lane)

    def _on_condition_woken(self, event: Event, lane: Lane) -> None:
        super()._on_condition_woken(event, lane)
        self._goes_on(event, lane)

    def _on_lane_off_cpu(self, event: Event, lane: Lane) -> None:
        super()._on_lane_off_cpu(event, lane)
        self.ran_ns[lane.key] = self._ran_ns(lane, event["ts_ns"])
        self.on_core_ns.pop(lane.key, None)
        is_full = event["reason"] == "io" and lane.key in self._sending and lane.only_seen_blocked
        # The thread behind a queue between processes is in the midst of writing: the pipe is full.
        # The OS may see anew a wait that goes on: it began when it began.
        if is_full and lane.key not in self.waits:
            self._waits(lane, event, "queue_put", self._sending[lane.key])

    def _on_lane_on_cpu(self, event: Event, lane: Lane) -> None:
        super()._on_lane_on_cpu(event, lane)
        if lane.key in self._sending:
            self._goes_on(event, lane)
        self.on_core_ns.setdefault(lane.key, event["ts_ns"])

    def _ran_ns(self, lane: Lane, ts: int) -> int:
        """Return how long a lane was on a core, up to this instant, since it last waited for anything."""
        return self.ran_ns.get(lane.key, 0) + ts - self.on_core_ns.get(lane.key, ts)

    # -- resources -----------------------------------------------------------------------------------

    def _resource(self, event: Event, lane: Lane) -> None:
        super()._resource(event, lane)
        if event.get("lock"):
            self.use(event["obj"]).lock = event["lock"]
            self.use(event["lock"]).visits = {}
        if "permits" in event:
            self.use(event["obj"]).permits = event["permits"]

    _on_lock_created = _on_condition_created = _on_event_created = _resource
    _on_semaphore_created = _on_barrier_created = _on_queue_created = _on_pool_created = _resource

    def _on_lock_acquired(self, event: Event, lane: Lane) -> None:
        super()._on_lock_acquired(event, lane)
        use = self.uses.get(event["obj"])
        if use is not None and use.visits is not None:
            use.visits[lane.key] = use.visits.get(lane.key, 0) + 1

    def _on_lock_released(self, event: Event, lane: Lane) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None:
            for hold in resource.open_holds:
                if hold[0] == lane.key:
                    break
            else:
                self.use(event["obj"]).is_signal = True
        super()._on_lock_released(event, lane)

    def _on_semaphore_acquired(self, event: Event, lane: Lane) -> None:
        self.use(event["obj"]).takers.append(lane.key)
        self._ran(lane, event)

    def _on_semaphore_released(self, event: Event, lane: Lane) -> None:
        use = self.use(event["obj"])
        if lane.key in use.takers:
            use.takers.remove(lane.key)
        else:
            use.is_signal = True
            del use.takers[:1]
        self._ran(lane, event)

    def _on_condition_notified(self, event: Event, lane: Lane) -> None:
        super()._on_condition_notified(event, lane)
        use = self.use(event["obj"])
        use.last_in_vain = None if event["waiters"] else Word(lane.key, event["ts_ns"], event.get("line", 0))
        visits = self.use(use.lock).visits
        if visits is not None:
            visits.clear()

    def _on_event_set(self, event: Event, lane: Lane) -> None:
        super()._on_event_set(event, lane)
        use = self.use(event["obj"])
        use.cleared = False
        use.last_in_vain = Word(lane.key, event["ts_ns"], event.get("line", 0))

    def _on_event_cleared(self, event: Event, lane: Lane) -> None:
        self.use(event["obj"]).cleared = True
        self._ran(lane, event)

    # -- queues --------------------------------------------------------------------------------------

    def _on_queue_put(self, event: Event, lane: Lane) -> None:
        super()._on_queue_put(event, lane)
        use = self.use(event["obj"])
        use.putters.add(lane.key)
        use.unfinished += 1
        # None says "no more": one of those left over is no work undone.
        is_work = event.get("value") != "None"
        resource = self.resources.get(event["obj"])
        if resource is None or not resource.is_shared:
            use.left += is_work
        elif is_work and "item" in event:
            self._unsent_work.add(event["item"])
        self.in_hand.pop(lane.key, None)

    def _on_queue_sent(self, event: Event, lane: Lane) -> None:
        super()._on_queue_sent(event, lane)
        if event.get("item") in self._unsent_work:
            # Only now it is in the queue: what its own process puts in to say farewell is never sent.
            self._unsent_work.remove(event["item"])
            self.use(event["obj"]).left += 1
        if lane.internal:
            self._sending[lane.key] = event["obj"]
            self._goes_on(event, lane)

    def _on_queue_got(self, event: Event, lane: Lane) -> None:
        super()._on_queue_got(event, lane)
        use = self.use(event["obj"])
        use.getters.add(lane.key)
        value = event.get("value", "")
        use.left -= value != "None"
        self.in_hand.pop(lane.key, None)
        if value != "None":
            self.in_hand[lane.key] = (event["obj"], value, event.get("line", 0))

    def _on_queue_task_done(self, event: Event, lane: Lane) -> None:
        self.use(event["obj"]).unfinished = event["unfinished"]
        self.in_hand.pop(lane.key, None)
        self._ran(lane, event)

    # -- processes and threads -----------------------------------------------------------------------

    def _on_process_spawned(self, event: Event, lane: Lane) -> None:
        super()._on_process_spawned(event, lane)
        self.of_library.add(str(event["child"]))

    def _on_signal_sent(self, event: Event, lane: Lane) -> None:
        super()._on_signal_sent(event, lane)
        if not event.get("line") and lane.kind == "process" and str(event["target"]) in self.of_library:
            # No line of the user's did it: the interpreter ends daemon processes when it ends itself, in
            # its main thread. A library's thread ends the workers of a pool that broke or was terminated.
            self.ended_at_exit.add(str(event["target"]))

    def _end_process(self, event: Event, lane: Lane, how: dict[str, int]) -> None:
        if "code" in how:
            for other in self.alive():
                if other.pid == lane.pid and other.kind == "thread" and other.daemon:
                    self._cut_short(other, event["ts_ns"])
        elif lane.key in self.ended_at_exit and self.is_alive(lane):
            self._cut_short(lane, event["ts_ns"])
        super()._end_process(event, lane, how)

    def _cut_short(self, lane: Lane, ts: int) -> None:
        """Note what a daemon is in the midst of at its process's end."""
        held = [obj for obj, it in self.resources.items() if any(hold[0] == lane.key for hold in it.open_holds)]
        is_ready = lane.now in (states.RUNNING, states.RUNNABLE) and lane.key not in self.waits
        if held:
            self.cut_short[lane.key] = Task("lock", held[-1])
        elif lane.key in self.in_hand:
            self.cut_short[lane.key] = Task("item", *self.in_hand[lane.key])
        elif is_ready and self._ran_ns(lane, ts) > _BUSY_NS:
            self.cut_short[lane.key] = Task("busy")
