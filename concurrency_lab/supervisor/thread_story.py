"""What one thread was doing between the looks that were had at it. Pure: no clock, no /proc.

The kernel counts nanoseconds on a CPU and on the run queue for every thread, and how often it came onto a CPU. The
counts are exact for a thread that is asleep. One that runs is brought up to date at clock ticks (4 ms at 250 Hz) and
when it leaves its CPU; a wait on the run queue is counted when it is over. So a time awake is a stretch whose length
is what was counted, and whatever a stretch has in time beyond that, the thread was not running.
"""

from collections.abc import Callable
from typing import NamedTuple

ON, GIL, CPU, IO = "on", "gil", "cpu", "io"

# Nothing is said of a time that lies further than this before the last look but one.
HORIZON_NS = 25_000_000
# A wait in the kernel that no probe explains ends a stretch when it lasts so long; shorter ones are gaps in it.
_NAP_NS = 4_000_000
# A thread that waits for the GIL wakes every 5 ms to ask for it: 20 to 60 us that are no stretch of running.
_BRIEF_NS = 300_000
# Where a stretch began is told after this long; its end would tell it better.
_PATIENCE_NS = 12_000_000
# Waits are told when they add up to so much.
_GAP_NS = 500_000


class Counts(NamedTuple):
    """What the kernel has counted for a thread; `arrivals`: how often it came onto a CPU."""

    run_ns: int
    queue_ns: int
    arrivals: int


class Look(NamedTuple):
    """One look. `where`: on (a CPU), cpu (waits for one), gil or io.

    What probes had said by then: `spoke_ns`: when they last spoke in this thread, `woke_ns`: when they last said that
    it goes on after a wait, `waited_ns`: how long all waits were of which they told.
    """

    ts_ns: int
    counts: Counts
    where: str
    spoke_ns: int = 0
    woke_ns: int = 0
    waited_ns: int = 0


class Change(NamedTuple):
    """From `ts_ns` on the thread is `where`: on (the core `cpu`), or waits for gil, cpu or io.

    `is_inferred`: no look saw it so; the counts say that it was, or when is a guess.
    """

    ts_ns: int
    where: str
    cpu: int
    is_inferred: bool = False


class _Gap(NamedTuple):
    """A wait inside a stretch, `after_ns` from its beginning."""

    after_ns: int
    length_ns: int
    where: str
    is_inferred: bool


class _Stretch:
    """A time awake that began between two instants."""

    def __init__(self, earliest_ns: int, latest_ns: int, counts: Counts, waited_ns: int) -> None:
        self.earliest_ns = earliest_ns
        self.latest_ns = max(earliest_ns, latest_ns)
        # at its beginning
        self._counts = counts
        self._waited_ns = waited_ns
        # what it slept without a word of the kernel or the probes, and what of that is too little to be told
        self.slept_ns = 0
        self.unsaid_ns = 0
        self.untold: list[_Gap] = []
        # waited on the run queue, and too little to be told
        self.queued_ns = 0
        # how far it was when it last came onto a CPU; -1: it has not left it since all was explained
        self.arrived_after_ns = -1
        self.is_told = False

    @property
    def guess_ns(self) -> int:
        return (self.earliest_ns + self.latest_ns) // 2

    def length_ns(self, look: Look) -> int:
        """Return how much of its time is explained."""
        counted_ns = look.counts.run_ns - self._counts.run_ns + look.counts.queue_ns - self._counts.queue_ns
        return counted_ns + look.waited_ns - self._waited_ns + self.slept_ns

    def fix(self, began_ns: int) -> None:
        """Decide when it began."""
        self.earliest_ns = self.latest_ns = began_ns

    def narrow(self, earliest_ns: int, latest_ns: int) -> None:
        """Take in what is known of its beginning; what was known before is surer."""
        low, high = self.earliest_ns, self.latest_ns
        self.earliest_ns = min(max(low, earliest_ns), high)
        self.latest_ns = max(min(high, latest_ns), self.earliest_ns)

    def forget(self, surplus_ns: int) -> None:
        """Take back what was counted in it, and belongs before it."""
        self.slept_ns -= surplus_ns
        self.queued_ns = max(0, self.queued_ns - surplus_ns)


class ThreadStory:
    """Makes dated changes out of looks."""

    def __init__(self, look: Look) -> None:
        # where it is, as the OS says
        self.where = ON
        self._since_ns = look.ts_ns
        # what readers believe: they take every word of a probe as a sign that its thread runs
        self._said = ON
        self._said_ns = 0
        self._cpu = -1
        self._cpu_arrivals = -1
        self._seen = look
        self._last_sleep = ""
        self._parked = False
        # it has run too little since the last look to be told: that is added to what it runs until the next
        self._is_carried = False
        self._let_go_ns = 0
        # Its counts may be behind: what it is found to have run is then of the time before.
        earliest_ns = min(look.spoke_ns or look.ts_ns, look.ts_ns)
        self._stretch: _Stretch | None = _Stretch(earliest_ns, look.ts_ns, look.counts, look.waited_ns)
        self._stretch.is_told = True
        self._changes: list[Change] = []

    # -- what the sampler asks and tells ---------------------------------------------------------------

    def is_settled(self, spoke_ns: int) -> bool:
        """Whether it sleeps, and all is told of it: as long as its counts stand still, a look tells nothing new."""
        return self.where == self._said and self.where in (GIL, IO) and spoke_ns <= self._said_ns

    def still(self, ts_ns: int) -> None:
        """Note that it has slept on until now."""
        self._seen = self._seen._replace(ts_ns=ts_ns)

    @property
    def is_parked(self) -> bool:
        """Whether a probe has said why it waits, and that was taken in."""
        return self._parked

    def is_parked_since(self, spoke_ns: int) -> bool:
        """Whether it is parked, and its probes have not spoken since."""
        return self._parked and self._seen.spoke_ns == spoke_ns

    @property
    def took_gil_by_ns(self) -> int:
        """When it had the GIL at the latest, if it waited for it and has run since; else 0."""
        return self._stretch.latest_ns if self._stretch is not None and self._last_sleep == GIL else 0

    def handed_gil(self, ts_ns: int) -> None:
        """Note when the GIL was let go: a thread that waited for it cannot have gone on before."""
        self._let_go_ns = ts_ns
        stretch = self._stretch
        if stretch is not None and self._last_sleep == GIL and stretch.earliest_ns <= ts_ns:
            stretch.narrow(min(ts_ns, stretch.latest_ns), stretch.latest_ns)

    def park(self, look: Look, rivals: bool) -> list[Change]:
        """Take in that it sleeps, and a probe said why, at `look.spoke_ns`; it will say when it goes on."""
        self._changes = []
        if self._parked:
            # It has gone on and waits again.
            self._is_said_to_run(look)
        if self._stretch is not None:
            self._count(look, rivals, look.spoke_ns, look.spoke_ns)
            self._begin_at(min(self._stretch.guess_ns, look.spoke_ns), look.spoke_ns)
        self._parked = True
        self._stretch = None
        self._seen = look
        self._said, self._said_ns, self.where = "", max(self._said_ns, look.spoke_ns), ON
        return self._changes

    def end(self, ts_ns: int, run_ns: int) -> list[Change]:
        """Take in that it has ended, and how long it ran in all."""
        self._changes = []
        before = self._seen
        look = before._replace(ts_ns=ts_ns, counts=before.counts._replace(run_ns=max(run_ns, before.counts.run_ns)))
        if self._stretch is not None:
            self._count(look, False, ts_ns, ts_ns)
            self._begin_at(self._stretch.guess_ns, ts_ns)
        elif not self._parked and self._said != ON:
            self._say(max(before.ts_ns, ts_ns - (look.counts.run_ns - before.counts.run_ns)), ON)
        return self._changes

    def see(self, look: Look, core: Callable[[], int], rivals: bool = False, taken_ns: int = 0) -> list[Change]:
        """Take in one look; return what is known now.

        `core` tells on which core it is or was last; `rivals`: other threads of its process want the GIL;
        `taken_ns`: when another thread that had waited for the GIL had it at the latest.
        """
        self._changes = []
        if look.spoke_ns > self._said_ns and self._said != ON:
            self._is_said_to_run(look)
        if look.where in (ON, CPU):
            self._awake(look, core, rivals)
        else:
            self._asleep(look, core, rivals, taken_ns if look.where == GIL else 0)
        self._seen = look if not self._is_carried else look._replace(counts=self._seen.counts)
        self._is_carried = False
        return self._changes

    # -- what readers believe --------------------------------------------------------------------------

    def _say(self, ts_ns: int, where: str, is_inferred: bool = False) -> None:
        if self._changes and self._changes[-1].where == ON and self._changes[-1].ts_ns >= ts_ns:
            # One wait after the other: in between it was on no CPU.
            self._changes.pop()
        self._said, self._said_ns = where, max(ts_ns, self._said_ns)
        self._changes.append(Change(self._said_ns, where, max(self._cpu, 0), is_inferred))

    def _is_said_to_run(self, look: Look) -> None:
        """A probe spoke in it: readers have taken that for running."""
        if self._parked:
            # When it was parked it slept, and its wait had lasted for a while: its waits since are told by probes.
            before = self._seen
            waited_ns = before.waited_ns + before.ts_ns - before.spoke_ns
            self._stretch = _Stretch(before.ts_ns, before.ts_ns, before.counts, waited_ns)
            self._stretch.is_told = True
            self._parked = False
        elif self._stretch is not None:
            self._begin_at(min(self._stretch.guess_ns, look.spoke_ns), look.ts_ns)
        self._said, self._said_ns = ON, max(look.woke_ns, self._said_ns)

    def _begin_at(self, began_ns: int, until_ns: int) -> None:
        """Decide when the stretch began; say so, and which gaps it has had."""
        stretch = self._stretch
        assert stretch is not None
        stretch.fix(began_ns)
        if not stretch.is_told:
            stretch.is_told = True
            if self._said != ON:
                self._say(began_ns, ON)
        for gap in stretch.untold:
            self._say_gap(began_ns, gap, until_ns)
        stretch.untold.clear()

    def _say_gap(self, began_ns: int, gap: _Gap, until_ns: int) -> None:
        from_ns = max(began_ns + gap.after_ns, self._said_ns)
        to_ns = from_ns + gap.length_ns
        if to_ns > until_ns:
            from_ns, to_ns = max(until_ns - gap.length_ns, self._said_ns), until_ns
        if to_ns > from_ns and self._said == ON:
            self._say(from_ns, gap.where, gap.is_inferred)
            self._say(to_ns, ON, gap.is_inferred)

    # -- awake -------------------------------------------------------------------------------------------

    def _awake(self, look: Look, core: Callable[[], int], rivals: bool) -> None:
        stretch = self._stretch
        if stretch is None:
            stretch = self._wake(look)
        if look.counts.arrivals != self._cpu_arrivals:
            self._is_on_core(look, core())
        before = self._seen
        has_moved = look.counts != before.counts
        # What moves its counts brings them up to date: by the last look all is counted.
        self._count(look, rivals, look.ts_ns, before.ts_ns if has_moved else 0)
        self.where = look.where
        began_ns = stretch.guess_ns
        if look.where == CPU and look.ts_ns - began_ns - stretch.length_ns(look) >= _GAP_NS:
            # Seen to wait: since it left its core, which brought its count up to date.
            self._begin_at(began_ns, look.ts_ns)
            if self._said == ON:
                self._say(began_ns + stretch.length_ns(look), CPU)
        is_late = look.ts_ns - stretch.latest_ns > _PATIENCE_NS
        if stretch.untold if stretch.is_told else is_late:
            self._begin_at(began_ns, look.ts_ns)

    def _wake(self, look: Look) -> _Stretch:
        before = self._seen
        ran_ns = sum(look.counts[:2]) - sum(before.counts[:2])
        earliest_ns = before.ts_ns
        stretch = _Stretch(earliest_ns, look.ts_ns - ran_ns, before.counts, before.waited_ns)
        if self._last_sleep == GIL and earliest_ns <= self._let_go_ns:
            stretch.narrow(min(self._let_go_ns, stretch.latest_ns), stretch.latest_ns)
        self._stretch = stretch
        return stretch

    def _is_on_core(self, look: Look, cpu: int) -> None:
        self._cpu_arrivals = look.counts.arrivals
        if cpu in (-1, self._cpu):
            return
        self._cpu = cpu
        stretch = self._stretch
        if self._said == ON and stretch is not None and stretch.is_told:
            # It has changed cores, at the latest when it last came onto one.
            self._say(max(self._seen.ts_ns, stretch.guess_ns), ON)

    def _count(self, look: Look, rivals: bool, until_ns: int, exact_ns: int) -> None:
        """Compare the time until `until_ns` with what the kernel has counted; note the gaps.

        `exact_ns`: a time by which everything is counted that it had run by then; 0 where there is none.
        """
        stretch, before = self._stretch, self._seen
        assert stretch is not None
        arrivals = look.counts.arrivals - before.counts.arrivals
        ran_ns = look.counts.run_ns - before.counts.run_ns
        stretch.queued_ns += look.counts.queue_ns - before.counts.queue_ns
        length_ns = stretch.length_ns(look)
        stretch.narrow(stretch.earliest_ns, until_ns - length_ns)
        surplus_ns = stretch.latest_ns + length_ns - until_ns
        if surplus_ns > 0:
            # Counted late, or on the way out of a wait of which a probe has told.
            stretch.forget(surplus_ns)
            length_ns -= surplus_ns
        if arrivals:
            stretch.arrived_after_ns = length_ns
        if stretch.queued_ns >= _GAP_NS:
            if self._said != CPU:
                # On a core at the last look: it left that first. Else it waited first, and all it ran came later.
                ran_later_ns = ran_ns if before.where != ON and arrivals == 1 else 0
                after_ns = max(0, length_ns - ran_later_ns - stretch.queued_ns)
                stretch.untold.append(_Gap(after_ns, stretch.queued_ns, CPU, arrivals > 1))
            stretch.queued_ns = 0
        if exact_ns:
            self._find_sleep(stretch, length_ns, exact_ns, rivals)
        if self._said == CPU and (arrivals or ran_ns):
            # All that it has run since was counted after it came onto a core.
            self._say(min(stretch.guess_ns + length_ns - ran_ns, until_ns), ON)

    def _find_sleep(self, stretch: _Stretch, length_ns: int, exact_ns: int, rivals: bool) -> None:
        """Note a gap if by `exact_ns` more time had passed than was counted."""
        stretch.narrow(exact_ns - length_ns, stretch.latest_ns)
        slept_ns = exact_ns - stretch.latest_ns - length_ns
        if slept_ns <= 0:
            return
        # What comes later is dated by it at once; it is told when there is enough of it.
        stretch.slept_ns += slept_ns
        stretch.unsaid_ns += slept_ns
        if stretch.unsaid_ns < _GAP_NS:
            return
        unsaid_ns, stretch.unsaid_ns = stretch.unsaid_ns, 0
        where = {GIL: GIL if rivals else IO, IO: IO}.get(self._last_sleep, CPU)
        after_ns = min(stretch.arrived_after_ns, length_ns)
        if after_ns < 0:
            # It has never left its core: the machine itself was stopped, or did something else in between.
            where, after_ns = CPU, length_ns
        after_ns = max(0, after_ns - (unsaid_ns - slept_ns))
        stretch.untold = [
            gap if gap.after_ns < after_ns else gap._replace(after_ns=gap.after_ns + slept_ns) for gap in stretch.untold
        ]
        stretch.untold.append(_Gap(after_ns, unsaid_ns, where, True))
        stretch.untold.sort()
        stretch.arrived_after_ns = -1

    # -- asleep ------------------------------------------------------------------------------------------

    def _asleep(self, look: Look, core: Callable[[], int], rivals: bool, taken_ns: int) -> None:
        stretch = self._stretch
        if stretch is not None:
            self._since_ns = self._end_stretch(stretch, look, core, rivals, taken_ns)
        else:
            self._ran_between(look, core, taken_ns)
            stretch = self._stretch
        self.where = look.where
        self._last_sleep = look.where
        if look.where == IO and look.ts_ns - self._since_ns < _NAP_NS:
            return
        if stretch is not None:
            is_brief = look.where == GIL and not stretch.is_told and stretch.length_ns(look) < _BRIEF_NS
            if not is_brief or self._said != GIL:
                self._begin_at(stretch.guess_ns, look.ts_ns)
            self._stretch = None
        if look.where != self._said:
            # Readers take what a probe says for running: the sleep is told of after its last word.
            self._say(max(self._since_ns, min(look.spoke_ns, look.ts_ns)), look.where)

    def _end_stretch(self, stretch: _Stretch, look: Look, core: Callable[[], int], rivals: bool, taken_ns: int) -> int:
        """Return when the stretch ended: as long after its beginning as the kernel counted."""
        if self.where != IO:
            if look.counts.arrivals != self._cpu_arrivals:
                self._is_on_core(look, core())
            self._count(look, rivals, look.ts_ns, self._seen.ts_ns)
            if self._seen.ts_ns < taken_ns < look.ts_ns:
                # Who has the GIL now waited for it: this thread had let go of it by then.
                stretch.narrow(stretch.earliest_ns, taken_ns - stretch.length_ns(look))
        elif look.counts != self._seen.counts:
            self._count(look, rivals, look.ts_ns, self._seen.ts_ns)
        return min(stretch.guess_ns + stretch.length_ns(look), look.ts_ns)

    def _ran_between(self, look: Look, core: Callable[[], int], taken_ns: int) -> None:
        """It slept at the last look: say when it ran in between, if it did."""
        before = self._seen
        ran_ns = look.counts.run_ns - before.counts.run_ns
        queued_ns = look.counts.queue_ns - before.counts.queue_ns
        if ran_ns < _BRIEF_NS:
            if look.where != self.where:
                self._since_ns = look.ts_ns
            # Who waits for the GIL wakes every 5 ms to ask for it: that is no running.
            self._is_carried = look.where == IO
            return
        off_ns = (before.ts_ns + look.ts_ns + ran_ns + queued_ns) // 2
        if before.ts_ns + ran_ns < taken_ns < look.ts_ns:
            off_ns = taken_ns
        on_ns = max(before.ts_ns, off_ns - ran_ns)
        if self.where == GIL and on_ns < self._let_go_ns < look.ts_ns - ran_ns:
            on_ns = self._let_go_ns
        self._cpu_arrivals, self._cpu = look.counts.arrivals, core()
        if queued_ns >= _GAP_NS:
            self._say(max(before.ts_ns, on_ns - queued_ns), CPU)
        if self._said != ON:
            self._say(on_ns, ON)
        self._since_ns = min(look.ts_ns, on_ns + ran_ns)
        # It may be a nap that it takes now, and the stretch goes on.
        counts = before.counts._replace(queue_ns=look.counts.queue_ns)
        self._stretch = _Stretch(on_ns, on_ns, counts, look.waited_ns)
        self._stretch.is_told = True
