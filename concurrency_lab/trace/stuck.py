"""Which lanes can never go on, and what each of them would need: a wait-for graph of all that lanes wait for.

A lane waits for one certain lane (a lock's holder, a joined thread's end) or for any one of several
(whoever might notify, put or set). The largest set of lanes of which each waits only for others of
the set, or for the dead, is stuck for ever. A wait with a time-out ends by itself and is never part of it.
"""

from typing import NamedTuple

from concurrency_lab.trace.lane import Lane, Resource
from concurrency_lab.trace.present import Present, Use, Wait

# A plain lock may be given back by any lane; an RLock by its owner alone.
_ANYBODY_RELEASES = ("Lock", "multiprocessing.Lock")
_BY_ANYBODY = ("condition", "event", "barrier", "queue_get", "queue_put")


class Need(NamedTuple):
    """What would let a lane go on: all of these lanes, or any of them; `dead`: somebody who can no longer help."""

    of: tuple[str, ...]
    every: bool
    dead: str = ""


def stuck(present: Present, before_ns: int, at_end: bool) -> dict[str, Need]:
    """Return the lanes that have waited since `before_ns` or earlier and can never go on, and what they need.

    `at_end`: the run was ended with them waiting, so what had not happened until then counts as never.
    """
    needs: dict[str, Need] = {}
    joined = {wait.obj for wait in present.waits.values() if wait.reason == "join"}
    for key, wait in present.waits.items():
        # The thread behind a queue may just have nothing to write, unless somebody waits for its end.
        is_idle = present.lanes[key].internal and key not in joined
        if wait.timeout_s is None and wait.since_ns <= before_ns and not is_idle:
            need = _need(present, present.lanes[key], wait, at_end)
            if need is not None:
                needs[key] = need
    while True:
        free = [key for key, need in needs.items() if not need.dead and _may_go_on(need, needs)]
        if not free:
            return needs
        for key in free:
            del needs[key]


def _may_go_on(need: Need, stuck: dict[str, Need]) -> bool:
    helpers = [key not in stuck for key in need.of]
    return all(helpers) if need.every else any(helpers)


def _need(present: Present, lane: Lane, wait: Wait, at_end: bool) -> Need | None:
    """Return what this wait needs; None where it may end by itself."""
    if wait.reason in ("join", "waitpid", "io"):
        return _end_of(present, lane, wait)
    resource = present.resources.get(wait.obj)
    if wait.reason == "future" and present.workers.get(wait.obj) in present.lanes:
        worker = present.lanes[present.workers[wait.obj]]
        return Need((worker.key,), every=True) if present.is_alive(worker) else None
    if wait.reason == "future":
        # Also a library's own thread may bring a result.
        return Need(tuple(other.key for other in present.alive() if other is not lane), every=False)
    if resource is None or (wait.reason == "event" and lane.parent is None):
        # A program's main thread often waits for an event that a signal's handler sets.
        return None
    if wait.reason == "lock":
        return _lock(present, lane, resource, at_end)
    if wait.reason == "semaphore":
        return _permit(present, lane, resource)
    if wait.reason in _BY_ANYBODY:
        return _anybody(present, lane, resource)
    return None


def _end_of(present: Present, lane: Lane, wait: Wait) -> Need | None:
    target = present.lanes.get(wait.obj)
    if wait.at_exit:
        # The interpreter names the first of the threads that it waits for.
        threads = [other.key for other in present.alive() if other.pid == lane.pid and other.kind == "thread"]
        threads = [key for key in threads if not present.lanes[key].daemon and not present.lanes[key].internal]
        return Need(tuple(threads), every=True) if threads else None
    if target is not None:
        return Need((target.key,), every=True) if present.is_alive(target) else None
    resource = present.resources.get(wait.obj)
    if resource is not None and resource.kind == "queue":
        return _anybody(present, lane, resource)
    if wait.reason == "waitpid":
        children = [other.key for other in present.alive() if other.parent == lane.key and other.kind == "process"]
        return Need(tuple(children), every=False) if children else None
    return None


def _lock(present: Present, lane: Lane, resource: Resource, at_end: bool) -> Need | None:
    if not resource.open_holds:
        return None
    holder = resource.open_holds[-1][0]
    is_dead = not present.is_alive(present.lanes[holder])
    if holder != lane.key and not is_dead:
        return Need((holder,), every=True)
    use = present.uses.get(resource.obj, Use())
    if resource.type in _ANYBODY_RELEASES and (use.is_signal or not at_end):
        return _anybody(present, lane, resource)
    return Need((), every=True, dead=holder)


def _permit(present: Present, lane: Lane, resource: Resource) -> Need | None:
    use = present.use(resource.obj)
    if use.permits == 1 and not use.is_signal and len(use.takers) == 1 and use.takers[0] != lane.key:
        holder = use.takers[0]
        if present.is_alive(present.lanes[holder]):
            return Need((holder,), every=True)
    return _anybody(present, lane, resource)


def _anybody(present: Present, lane: Lane, resource: Resource) -> Need:
    others = (other for other in present.alive() if other is not lane and not other.internal)
    return Need(tuple(other.key for other in others if _can_reach(present, other, resource)), every=False)


def _can_reach(present: Present, lane: Lane, resource: Resource) -> bool:
    if resource.is_shared or str(lane.pid) == resource.obj.partition(".")[0]:
        return True
    if resource.kind == "condition":
        lock = present.resources.get(present.use(resource.obj).lock)
        return lock is None or lock.is_shared
    # The creation of these does not say whether processes share them.
    return resource.kind in ("event", "barrier")


def is_idle_worker(present: Present, wait: Wait) -> bool:
    """Whether this is a pool's worker that waits for work: nobody's mistake."""
    resource = present.resources.get(wait.obj)
    return wait.reason == "queue_get" and (resource is None or resource.kind == "pool")
