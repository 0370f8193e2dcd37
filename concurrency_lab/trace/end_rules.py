"""What a run's end has made certain: left children, left items, killed daemons, time lost to the GIL.

A finding is said only where the trace shows it; nothing is guessed.
"""

from collections.abc import Iterator
from typing import Any

from concurrency_lab.trace import states
from concurrency_lab.trace.hang_rules import title
from concurrency_lab.trace.lane import Lane
from concurrency_lab.trace.present import Present

Raw = tuple[str, list[str], dict[str, Any]]

# A parent that is still busy may yet wait for its child; one that let it lie for so long does not.
_ZOMBIE_STAYS_NS = 1_000_000_000
# The program's own code is over; whoever goes on for longer than this does not just tidy up.
_NEVER_JOINED_NS = 300_000_000
# Threads that compute do so by turns nearly all of the time; a hundred that wake at once to do a little
# (CPython's test_queue) queue up for an eighth of it.
GIL_SHARE = 0.3
# Time on a core, not on the clock: a busy machine makes it pass slowly.
_GIL_NS = 100_000_000


def apply(present: Present, now_ns: int, was_ended: bool, hanging: set[str]) -> Iterator[Raw]:
    """Yield all; `was_ended`: not by itself, and `present` shows the instant before; `hanging`: who waits for ever."""
    yield from _zombies(present, now_ns, was_ended)
    yield from _orphans(present)
    if was_ended:
        yield from _never_joined(present, now_ns, hanging)
    else:
        yield from _left_in_queues(present)
    yield from _daemons(present)
    yield from _gil(present)


def _zombies(present: Present, now_ns: int, was_ended: bool) -> Iterator[Raw]:
    """Children that ended and that their parent never waited for."""
    left: dict[tuple[str, str], list[Lane]] = {}
    for lane in present.lanes.values():
        ended_ns = present.ended_ns.get(lane.key)
        if lane.kind != "process" or lane.parent is None or ended_ns is None or lane.internal:
            continue
        is_kept = lane.now == states.ZOMBIE and lane.key not in present.of_library
        if lane.orphaned:
            # At the same instant: it was dead already when it was found to be an orphan.
            if ended_ns <= lane.orphaned[0][0]:
                left.setdefault((lane.parent, "zombie_left"), []).append(lane)
        elif was_ended and is_kept and now_ns - ended_ns > _ZOMBIE_STAYS_NS:
            left.setdefault((lane.parent, "zombie_stays"), []).append(lane)
    for (parent, form), lanes in left.items():
        yield "zombie-left", [*(lane.key for lane in lanes), parent], _family(present, form, parent, lanes)


def _orphans(present: Present) -> Iterator[Raw]:
    """Processes that lived on after their parent."""
    left: dict[str, list[Lane]] = {}
    for lane in present.lanes.values():
        if lane.orphaned and not lane.internal:
            adopted_ns = lane.orphaned[0][0]
            if present.ended_ns.get(lane.key, adopted_ns + 1) > adopted_ns:
                left.setdefault(lane.parent or "", []).append(lane)
    for parent, lanes in left.items():
        args = _family(present, "orphan", parent, lanes)
        yield "orphan", [lane.key for lane in lanes], {**args, "ppid": lanes[0].orphaned[0][1]}


def _family(present: Present, form: str, parent: str, lanes: list[Lane]) -> dict[str, Any]:
    return {"form": form, "other": present.name(parent), "names": [present.name(lane.key) for lane in lanes]}


def _never_joined(present: Present, now_ns: int, hanging: set[str]) -> Iterator[Raw]:
    """The program is over but for a thread or child that nobody waits for, and that does not end."""
    for key, wait in present.waits.items():
        target = present.lanes.get(wait.obj)
        is_over = wait.at_exit or (wait.reason == "join" and not wait.line)
        if not is_over or target is None or target.internal or now_ns - wait.since_ns < _NEVER_JOINED_NS:
            continue
        if not hanging.intersection((key, wait.obj)):
            yield "never-joined", [target.key, key], {"form": "never_joined", "names": [present.name(target.key)]}


def _left_in_queues(present: Present) -> Iterator[Raw]:
    """Work that was handed in and never taken out. A queue that lanes borrow from and return to is none."""
    for obj, use in present.uses.items():
        resource = present.resources.get(obj)
        if resource is None or resource.kind != "queue" or use.left <= 0 or use.putters & use.getters:
            continue
        maker = present.lanes.get(obj.partition(".")[0])
        if maker is None or maker.exit != {"code": 0}:
            # After a crash nobody expects the work to be done.
            continue
        args = {"form": "queue_left", "resource": title(present, obj), "n": use.left, "line": resource.line}
        yield "queue-never-drained", sorted(use.putters), args


def _daemons(present: Present) -> Iterator[Raw]:
    """A daemon that was in the midst of something when its process ended. One that only waits is none."""
    for key, task in present.cut_short.items():
        lane = present.lanes[key]
        if lane.internal or not task:
            continue
        args: dict[str, Any] = {"form": f"daemon_{task.what}", "lane": present.name(key), "line": task.line}
        if task.obj:
            args |= {"resource": title(present, task.obj), "value": task.value}
        yield "daemon-killed-mid-work", [key], args


def _gil(present: Present) -> Iterator[Raw]:
    """Threads that compute and keep each other from it."""
    for process in present.lanes.values():
        if process.kind != "process":
            continue
        threads = [lane.key for lane in present.lanes.values() if lane.pid == process.pid and lane.kind != "task"]
        turns = present.turns.get(process.pid)
        if turns is not None and turns.contended_ns > _GIL_NS and turns.share > GIL_SHARE:
            concerned = [key for key in threads if present.gil_ns.get(key, 0) > _GIL_NS / len(threads)]
            share = round(100 * turns.share)
            yield "gil-bound", concerned, {"form": "gil_bound", "lane": present.name(process.key), "share": share}
