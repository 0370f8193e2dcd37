"""What a trace proves to have gone wrong, each in one sentence; said as soon as it is certain.

`Watch` is fed a run's events in order. Whoever can never go on is said when that has stood for CONFIRM_NS;
all else at the run's end. docs/findings.md tells what each code means and what is no finding.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from concurrency_lab.trace import end_rules, hang_rules, race_rules
from concurrency_lab.trace.fold_core import Event
from concurrency_lab.trace.present import Present
from concurrency_lab.trace.races import Races
from concurrency_lab.trace.sentences import sentence
from concurrency_lab.trace.stuck import stuck

# Nobody is told to be stuck for ever who has not stood still for this long.
CONFIRM_NS = 300_000_000
# Looking again and again at lanes that only wait a little for each other costs too much.
_PAUSE_NS = 100_000_000
_SIGKILL = 9


class Finding(NamedTuple):
    """`code` is stable; `lanes` are lane keys; `args` say the sentence in any language, see sentences.py."""

    code: str
    lanes: list[str]
    text: str
    args: dict[str, Any]


def find(events: Iterable[Event]) -> list[Finding]:
    """Return every finding of a whole trace: those that it tells, or else those that it proves."""
    finder = Finder()
    finder.take_all(list(events))
    return finder.found()


class Finder:
    """Finds while somebody else reads: a long trace goes by only once.

    `watched`: the trace was watched when it was made, so it tells what there is to find.
    """

    def __init__(self, watched: bool = False) -> None:
        self._watch = None if watched else Watch()
        self._told: list[Finding] = []
        self._proved: list[Finding] = []
        self._status = "interrupted"

    def take_all(self, events: Sequence[Event]) -> None:
        """Take in the next events of the trace."""
        for event in events:
            if event["kind"] == "finding.made":
                self._told.append(Finding(event["code"], event["lanes"], event["text"], event["args"]))
            elif event["kind"] == "run.ended":
                self._status = event["status"]
        if self._watch is not None:
            self._proved += self._watch.take_all(events)

    def found(self) -> list[Finding]:
        """Return what the trace tells, or else what it proves."""
        if self._told or self._watch is None:
            return self._told
        return [*self._proved, *self._watch.finish(self._status)]


class Watch:
    """Follows one run and says what goes wrong in it."""

    def __init__(self) -> None:
        self.present = Present()
        self._due_ns: int | None = None
        self._looked_ns = -_PAUSE_NS
        # lane -> since when it waits: those of whom it was said that they hang
        self._told: dict[str, int] = {}
        # What was certain just before something of the run was ended from outside, if it was.
        self._at_cut: list[Finding] | None = None
        self._is_limited = False
        self._signalled: set[int] = set()
        # Only of runs that tell who uses which variable.
        self._races: Races | None = None

    def take(self, event: Event) -> list[Finding]:
        """Take in one event; return what has become certain."""
        return self.take_all((event,))

    def take_all(self, events: Sequence[Event]) -> list[Finding]:
        """Take in the next events; return what has become certain."""
        # Most events say nothing about time or ends: those that follow each other are fed all at once.
        found: list[Finding] = []
        fed = 0
        for at, event in enumerate(events):
            if self._is_limited:
                # Nothing is asked any more.
                self.present.feed(events[fed:at])
                return found
            kind = event["kind"]
            if kind in _IGNORED:
                self.present.feed(events[fed:at])
                fed = at + 1
                continue
            due_ns = self._due_ns
            if due_ns is not None and event["ts_ns"] >= due_ns:
                self.present.feed(events[fed:at])
                fed = at
                found += self.advance(event["ts_ns"])
            if kind in _BEGINS_WAIT:
                if self._due_ns is None and "timeout_s" not in event:
                    self._due_ns = max(event["ts_ns"] + CONFIRM_NS, self._looked_ns + _PAUSE_NS)
            elif kind == "signal.sent":
                self._signalled.add(abs(event["target"]))
            elif kind == "run.limited" or (kind == "process.killed" and self._is_from_outside(event)):
                self.present.feed(events[fed:at])
                fed = at
                self._note_cut(event["ts_ns"])
                self._is_limited = kind == "run.limited"
            elif kind == "variable.watched" and self._races is None:
                self._races = Races()
            if self._races is not None:
                self._races.take(event)
        self.present.feed(events[fed:])
        return found

    def _note_cut(self, now_ns: int) -> None:
        """From here on it may not be the program's doing that lanes end."""
        if self._at_cut is None:
            self._at_cut = list(self._at_end(now_ns, was_ended=True))

    def _is_from_outside(self, event: Event) -> bool:
        return bool(event["signal"] == _SIGKILL and event["by"] == "os" and event.get("pid") not in self._signalled)

    def advance(self, now_ns: int) -> list[Finding]:
        """Let time pass without an event; return what has become certain."""
        if self._due_ns is None or now_ns < self._due_ns:
            return []
        self._looked_ns = now_ns
        since = [wait.since_ns for wait in self.present.waits.values() if wait.timeout_s is None]
        young = [since_ns for since_ns in since if since_ns > now_ns - CONFIRM_NS]
        self._due_ns = max(min(young) + CONFIRM_NS, now_ns + _PAUSE_NS) if young else None
        return list(self._hangs(now_ns, at_end=False))

    def finish(self, status: str) -> list[Finding]:
        """Return what the end has made certain; `status` as in run.ended."""
        if self._at_cut is not None and status != "finished":
            return self._at_cut
        return list(self._at_end(self.present.end_ns, was_ended=status != "finished"))

    def _at_end(self, now_ns: int, was_ended: bool) -> Iterator[Finding]:
        before = dict(self._told)
        yield from self._hangs(now_ns, at_end=True)
        hanging = {*self._told, *stuck(self.present, now_ns - CONFIRM_NS, at_end=True)}
        for code, lanes, args in end_rules.apply(self.present, now_ns, was_ended, hanging):
            # While variables are watched, threads compute many times longer than they would.
            if code != "gil-bound" or self._races is None:
                yield _made(code, lanes, args)
        if self._races is not None:
            for code, lanes, args in race_rules.apply(self.present, self._races.found()):
                yield _made(code, lanes, args)
        self._told = before

    def _hangs(self, now_ns: int, at_end: bool) -> Iterator[Finding]:
        waits = self.present.waits
        needs = stuck(self.present, now_ns - CONFIRM_NS, at_end)
        told = {key for key, since_ns in self._told.items() if key in needs and waits[key].since_ns == since_ns}
        if needs.keys() <= told:
            return
        for code, lanes, args in hang_rules.apply(self.present, needs, told):
            self._told.update((key, waits[key].since_ns) for key in lanes if key in waits)
            yield _made(code, lanes, args)


def _made(code: str, lanes: list[str], args: dict[str, Any]) -> Finding:
    return Finding(code, lanes, sentence(args), args)


_BEGINS_WAIT = frozenset({"lane.blocked", "lane.off_cpu"})
# What no rule asks for.
_IGNORED = frozenset({"output.written", "source.loaded", "variable.changed", "line.reached", "lane.measured"})
