"""What a trace proves to have gone wrong, each in one sentence. Pure: from the fold alone.

A finding is said only where the trace shows it; nothing is guessed.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from concurrency_lab.trace import states
from concurrency_lab.trace.fold import Fold, Lane


class Finding(NamedTuple):
    """`code` is stable and has a text in every language of the page; `lanes` are lane keys."""

    code: str
    lanes: list[str]
    text: str


def find(fold: Fold) -> list[Finding]:
    """Return every finding, in the order of the rules below."""
    return [finding for rule in RULES for finding in rule(fold)]


def _deadlock(fold: Fold) -> Iterator[Finding]:
    """A cycle of lanes of which each waits for the next: for its lock, or for its end."""
    waits_for = {key: target for key in fold.lanes if (target := _waits_for(fold, fold.lanes[key]))}
    told: set[str] = set()
    for start in waits_for:
        path: list[str] = []
        at = start
        while at in waits_for and at not in path:
            path.append(at)
            at = waits_for[at]
        if at in path and at not in told:
            cycle = path[path.index(at) :]
            told.update(cycle)
            steps = ", ".join(f"{_name(fold, key)} waits for {_name(fold, waits_for[key])}" for key in cycle)
            yield Finding("deadlock", cycle, f"Deadlock: {steps}. None of them can ever go on.")


def _waits_for(fold: Fold, lane: Lane) -> str | None:
    """Return the lane that this one waited for at the trace's end, where that is certain."""
    if lane.now != states.BLOCKED and not (lane.now in (states.ZOMBIE, states.DEAD) and _was_ended(fold)):
        return None
    at = _last_alive(lane)
    if at is None or lane.state[at] != states.BLOCKED:
        return None
    reason = states.REASON_NAMES[lane.reason[at]]
    obj = lane.obj[at]
    if reason == "lock" and obj in fold.resources:
        return _holder(fold, obj, lane.start_ns[at])
    if reason in ("join", "waitpid") and obj in fold.lanes:
        return obj
    return None


def _was_ended(fold: Fold) -> bool:
    return fold.ended is not None and fold.ended["status"] != "finished"


def _last_alive(lane: Lane) -> int | None:
    for at in range(len(lane.state) - 1, -1, -1):
        if lane.state[at] not in (states.ZOMBIE, states.DEAD):
            return at
    return None


def _holder(fold: Fold, obj: str, since_ns: int) -> str | None:
    for key, from_ns, to_ns in reversed(fold.resources[obj].holds):
        if from_ns <= since_ns and (to_ns is None or to_ns > since_ns):
            return str(key)
    return None


def _lock_held_by_dead(fold: Fold) -> Iterator[Finding]:
    """A lane ended with a lock in its hands, and somebody waits for that lock."""
    for obj, resource in fold.resources.items():
        if not resource.holds or resource.kind != "lock":
            continue
        key = resource.holds[-1][0]
        owner = fold.lanes[key]
        ended_ns = next((t for t, s in zip(owner.start_ns, owner.state, strict=True) if s >= states.ZOMBIE), None)
        if ended_ns is None or resource.holds[-1][2] not in (None, ended_ns):
            continue
        waiting = [lane.key for lane in fold.lanes.values() if _waited_at(lane, obj, ended_ns)]
        if waiting:
            names = ", ".join(_name(fold, lane) for lane in waiting)
            what = resource.name or resource.type
            text = f"{_name(fold, key)} ended without giving back {what}: {names} will wait for ever."
            yield Finding("lock-held-by-dead", [key, *waiting], text)


def _waited_at(lane: Lane, obj: str, from_ns: int) -> bool:
    """Whether the lane's last wait was for this resource and went on after `from_ns`."""
    at = _last_alive(lane)
    if at is None or lane.state[at] != states.BLOCKED or lane.obj[at] != obj:
        return False
    return at + 1 == len(lane.state) or lane.start_ns[at + 1] > from_ns


def _zombie_left(fold: Fold) -> Iterator[Finding]:
    """A child that ended and that its parent never waited for."""
    for lane in fold.lanes.values():
        if lane.kind != "process" or lane.parent is None or states.ZOMBIE not in lane.state or lane.internal:
            continue
        if lane.orphaned and lane.now == states.DEAD:
            ended_ns = lane.start_ns[lane.state.index(states.ZOMBIE)]
            if ended_ns < lane.orphaned[0][0]:
                text = f"{_name(fold, lane.key)} was left a zombie: its parent ended without waiting for it."
                yield Finding("zombie-left", [lane.key, lane.parent], text)


def _orphan(fold: Fold) -> Iterator[Finding]:
    """A process that lived on after its parent."""
    for lane in fold.lanes.values():
        if lane.orphaned and not lane.internal:
            adopted_ns, ppid = lane.orphaned[0]
            alive = [at for at, state in zip(lane.start_ns, lane.state, strict=True) if state >= states.ZOMBIE]
            if not alive or alive[0] > adopted_ns:
                text = f"{_name(fold, lane.key)} outlived its parent and was adopted by process {ppid}."
                yield Finding("orphan", [lane.key], text)


def _name(fold: Fold, key: str) -> str:
    return fold.lanes[key].name


RULES: tuple[Callable[[Fold], Iterator[Finding]], ...] = (_deadlock, _lock_held_by_dead, _zombie_left, _orphan)
