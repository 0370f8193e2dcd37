"""Why lanes can never go on: cycles, locks of the dead, lost wake-ups, queues that nobody serves.

Each rule takes from the stuck lanes those that it explains, and with them whoever waits for them;
what is left to the last rule is a circle of lanes in which everybody waits for a sign of the others.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from concurrency_lab.trace.present import Present, Wait
from concurrency_lab.trace.stuck import Need, is_idle_worker

Raw = tuple[str, list[str], dict[str, Any]]


def apply(present: Present, needs: dict[str, Need], told: set[str]) -> Iterator[Raw]:
    """Yield what is wrong with the stuck lanes, but for those in `told`, of whom that is known."""
    stuck = _Stuck(present, needs, told)
    for rule in (_cycles, _dead_holders, _self_locks, _lost_wakeups, _queues, _the_rest):
        for raw in rule(stuck):
            stuck.explain(raw[1])
            yield raw


class _Stuck:
    """The stuck lanes, and which of them have been explained."""

    def __init__(self, present: Present, needs: dict[str, Need], told: set[str]) -> None:
        self.present = present
        self.needs = needs
        self.explained: set[str] = set()
        self.explain(told)

    def explain(self, keys: Iterable[str]) -> None:
        """Take these lanes, and all that wait only because of them, as explained."""
        self.explained.update(keys)
        grew = bool(self.explained)
        while grew:
            more = {key for key, need in self.open() if not need.dead and self.explained.intersection(need.of)}
            self.explained |= more
            grew = bool(more)

    def open(self) -> list[tuple[str, Need]]:
        """Return what is not explained yet."""
        return [(key, need) for key, need in self.needs.items() if key not in self.explained]

    def signs(self) -> list[tuple[str, Wait]]:
        """Return the unexplained lanes that wait for a sign of anybody, not for a certain lane."""
        waits = [(key, self.present.waits[key]) for key, need in self.open() if not need.every]
        return [(key, wait) for key, wait in waits if not is_idle_worker(self.present, wait)]

    def by_resource(self, *reasons: str) -> dict[str, list[str]]:
        """Return the lanes of `signs` that wait for one of these reasons, by what they wait for."""
        found: dict[str, list[str]] = {}
        for key, wait in self.signs():
            if wait.reason in reasons:
                found.setdefault(wait.obj, []).append(key)
        return found

    def name(self, key: str) -> str:
        """Return what to call a lane."""
        return self.present.name(key)

    def names(self, keys: Iterable[str]) -> list[str]:
        """Return what to call lanes; a process instead of the thread that a library made in it."""
        lanes = self.present.lanes
        return [self.name(str(lanes[key].pid) if lanes[key].internal else key) for key in keys]


def title(present: Present, obj: str) -> str:
    """Return what to call a resource."""
    resource = present.resources.get(obj)
    return resource.name or resource.type if resource is not None else obj


def _cycles(stuck: _Stuck) -> Iterator[Raw]:
    """Lanes of which each waits for the next: for its lock, its permit, or its end."""
    follow = {key: _certain(stuck, need) for key, need in stuck.open()}
    seen: set[str] = set()
    for start in follow:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in seen:
            seen.add(at)
            path.append(at)
            at = follow.get(at)
        if at in path:
            cycle = path[path.index(at) :]
            steps = [_step(stuck, key, follow[key]) for key in cycle]
            yield "deadlock", cycle, {"form": "deadlock", "steps": steps}


def _certain(stuck: _Stuck, need: Need) -> str | None:
    """Return the one lane that is waited for: the stuck one, where it is several."""
    if not need.every:
        return None
    return next((key for key in need.of if key in stuck.needs), None)


def _step(stuck: _Stuck, key: str, other: str | None = None) -> dict[str, Any]:
    present = stuck.present
    wait = present.waits[key]
    resource = present.resources.get(wait.obj)
    form = "queue_join" if wait.reason == "join" and resource is not None else wait.reason
    if form == "semaphore" and other is not None:
        form = "permit"
    step: dict[str, Any] = {"form": f"step_{form}", "lane": stuck.name(key), "key": key, "line": wait.line}
    if resource is not None:
        step["resource"] = title(present, wait.obj)
        step["made_line"] = resource.line
    if form == "lock" and other is None and resource is not None and resource.open_holds:
        other = resource.open_holds[-1][0]
    if other is not None:
        step["other"] = stuck.name(other)
    elif form in ("join", "waitpid", "io"):
        step["other"] = stuck.name(wait.obj)
    return step


def _dead_holders(stuck: _Stuck) -> Iterator[Raw]:
    """Somebody ended with a lock in his hands, and others wait for that lock."""
    present = stuck.present
    waiting: dict[tuple[str, str], list[str]] = {}
    for key, _ in stuck.open():
        resource = present.resources.get(present.waits[key].obj)
        if present.waits[key].reason == "lock" and resource is not None and resource.open_holds:
            holder = resource.open_holds[-1][0]
            if not present.is_alive(present.lanes[holder]):
                waiting.setdefault((holder, resource.obj), []).append(key)
    for (holder, obj), keys in waiting.items():
        args = {
            "form": "held_by_dead",
            "other": stuck.name(holder),
            "resource": title(present, obj),
            "names": stuck.names(keys),
            "line": present.waits[keys[0]].line,
        }
        yield "lock-held-by-dead", [holder, *keys], args


def _self_locks(stuck: _Stuck) -> Iterator[Raw]:
    """A lane wants a lock that it holds itself."""
    for key, _ in stuck.open():
        wait = stuck.present.waits[key]
        resource = stuck.present.resources.get(wait.obj)
        if wait.reason == "lock" and resource is not None and [key] == [hold[0] for hold in resource.open_holds]:
            yield "deadlock", [key], {**_step(stuck, key), "form": "deadlock_self"}


def _lost_wakeups(stuck: _Stuck) -> Iterator[Raw]:
    """A sign was given before anybody waited for it, and it was the last."""
    for obj, keys in stuck.by_resource("condition", "event").items():
        use = stuck.present.use(obj)
        vain = use.last_in_vain
        is_event = stuck.present.resources[obj].kind == "event"
        if vain is None or (is_event and not use.cleared):
            continue
        late = [key for key in keys if stuck.present.waits[key].since_ns > vain.ts_ns]
        if not is_event:
            # Whoever has been in the lock and gone since then did look at what the notify was about.
            visits = stuck.present.use(use.lock).visits or {}
            late = [key for key in late if visits.get(key, 0) <= 1]
        # Whoever gave it waits for the answer: for the others, and for no sign that was lost.
        late = [key for key in late if key != vain.lane]
        if late:
            args = {
                "form": "lost_set" if is_event else "lost_notify",
                "other": stuck.name(vain.lane),
                "resource": title(stuck.present, obj),
                "names": stuck.names(late),
                "line": vain.line,
            }
            yield "lost-wakeup", [*late, vain.lane], args


def _queues(stuck: _Stuck) -> Iterator[Raw]:
    """A queue whose other end is deserted; not one whose other end waits for another sign itself."""
    waiting = stuck.by_resource("queue_get", "queue_put", "join")
    is_only_one = len({wait.obj for _, wait in stuck.signs()}) == 1
    blocked = {key for key, _ in stuck.signs()}
    for obj, keys in waiting.items():
        use = stuck.present.use(obj)
        for reason in ("join", "queue_put", "queue_get"):
            those = [key for key in keys if stuck.present.waits[key].reason == reason]
            others = (use.putters if reason == "queue_get" else use.getters) - set(those)
            if not those or not (is_only_one or (others and not others & blocked)):
                continue
            args: dict[str, Any] = {
                "form": "queue_join" if reason == "join" else reason,
                "resource": title(stuck.present, obj),
                "names": stuck.names(those),
                "line": stuck.present.waits[those[0]].line,
                "n": use.unfinished,
            }
            yield "queue-never-drained", keys, args
            break


def _the_rest(stuck: _Stuck) -> Iterator[Raw]:
    """Each waits for a sign that only the others could give."""
    keys = [key for key, _ in stuck.signs()]
    if keys:
        signs = set(keys)
        # Who waits for their end is a part of it: he could have given the sign.
        keys += [key for key, need in stuck.open() if need.every and signs.intersection(need.of)]
        steps = [_step(stuck, key, _certain(stuck, stuck.needs[key])) for key in keys]
        yield "deadlock", keys, {"form": "deadlock_nobody", "steps": steps}
