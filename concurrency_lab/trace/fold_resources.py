"""The fold's part about resources: that they are there, and who holds a lock or wakes whom."""

from typing import Any

from concurrency_lab.trace.fold_core import Event, FoldCore, Origin
from concurrency_lab.trace.lane import Lane, Resource
from concurrency_lab.trace.states import BLOCKED, RUNNING


class ResourceFold(FoldCore):
    """Resources of every kind."""

    def __init__(self) -> None:
        super().__init__()
        self._notifies: dict[tuple[str, str], int] = {}
        # condition -> who notified last, and when
        self._last_notify: dict[str, Origin] = {}

    def _resource(self, event: Event, lane: Lane) -> None:
        noun = event["kind"].partition(".")[0]
        resource = Resource(event["obj"], noun, event.get("type", noun), event.get("name", ""), event["ts_ns"])
        resource.file, resource.line = event.get("file", ""), event.get("line", 0)
        self.resources[event["obj"]] = resource
        self._ran(lane, event)

    _on_shared_created = _on_lock_created = _on_condition_created = _on_event_created = _resource
    _on_semaphore_created = _on_barrier_created = _on_queue_created = _on_pool_created = _resource

    def _on_shared_attached(self, event: Event, lane: Lane) -> None:
        if event["obj"] in self.resources:
            self._ran(lane, event)
        else:
            self._resource(event, lane)

    def _on_resource_named(self, event: Event, lane: Lane) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None:
            resource.name = event["name"]
        self._ran(lane, event)

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
            held = resource.open_holds
            if len(held) == 1:
                held.pop()[2] = event["ts_ns"]
            else:
                # A plain Lock may be released by another lane than the one that took it.
                own = [hold for hold in held if hold[0] == lane.key]
                resource.end_hold((own or held)[-1], event["ts_ns"])
        self._ran(lane, event)

    def _on_condition_notified(self, event: Event, lane: Lane) -> None:
        self._notifies[lane.key, event["obj"]] = event["ts_ns"]
        self._last_notify[event["obj"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_condition_woken(self, event: Event, lane: Lane) -> None:
        waker = self._by_tid.get((event["pid"], event["waker"]))
        if waker is not None and (waker.key, event["obj"]) in self._notifies:
            origin = (waker.key, self._notifies[waker.key, event["obj"]])
            self._flow("notified", origin, lane.key, event["ts_ns"], event["obj"])
        elif not event["waker"] and event["obj"] in self._last_notify:
            self._flow("notified", self._last_notify[event["obj"]], lane.key, event["ts_ns"], event["obj"])
        if lane.now == BLOCKED:
            self._become(lane, event, RUNNING)

    def _on_event_set(self, event: Event, lane: Lane) -> None:
        self._sets[event["obj"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    _on_future_resolved = _on_event_set
