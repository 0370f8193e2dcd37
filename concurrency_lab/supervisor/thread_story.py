"""What one thread was doing between the looks that were had at it. Pure: no clock, no /proc.

The kernel counts nanoseconds on a CPU and on the run queue for every thread. The counts are exact for a
thread that is asleep; for one that runs they are brought up to date at every clock tick only (4 ms at
250 Hz). So a stretch on a CPU is dated best when it is over: its length is known then to the nanosecond,
and its two ends lie between two looks each.
"""

from typing import NamedTuple

ON, GIL, CPU, IO = "on", "gil", "cpu", "io"

# A wait in the kernel that no probe explains is told from this length on.
_NAP_NS = 4_000_000
# A thread that waits for the GIL wakes every 5 ms to ask for it: 20 to 60 us that are no stretch of running.
_BRIEF_NS = 300_000
# A stretch is held back this long for its end; after that its beginning is told as it was guessed.
_PATIENCE_NS = 12_000_000
# Ready to run, and its count has not moved for more than two ticks of the slowest common clock (250 Hz).
_STUCK_NS = 10_000_000
# Waits on the run queue that are told afterwards, when the kernel has counted them.
_QUEUED_NS = 1_000_000
# More time than the counts of a thread that runs may be behind: it must have been asleep.
_SLEPT_NS = 5_000_000


_NOTHING: list["Change"] = []


class Change(NamedTuple):
    """From `ts_ns` on the thread is `where`: on (the core `cpu`), or waits for gil, cpu or io.

    `is_inferred`: no look saw it so; the counts say that it was, and only the GIL can have been why.
    """

    ts_ns: int
    where: str
    cpu: int
    is_inferred: bool = False


class _Stretch(NamedTuple):
    """A time on a CPU whose beginning lies between two looks; `run_ns`, `queue_ns`: the counts at its beginning."""

    earliest_ns: int
    latest_ns: int
    run_ns: int
    queue_ns: int
    # it waited for the GIL, and at `earliest_ns` the GIL was let go
    was_handed: bool = False

    @property
    def guess_ns(self) -> int:
        return self.earliest_ns if self.was_handed else (self.earliest_ns + self.latest_ns) // 2


class ThreadStory:
    """Makes dated changes out of looks."""

    def __init__(self, now_ns: int, run_ns: int, queue_ns: int, spoke_ns: int) -> None:
        self.run_ns = run_ns
        self.queue_ns = queue_ns
        # where it is, as the OS says, and since when
        self.where = ON
        self.since_ns = now_ns
        # what readers believe: they take every word of a probe as a sign that its thread runs
        self._said = ON
        self._said_ns = 0
        self._cpu = -1
        self._seen_ns = min(now_ns, spoke_ns)
        # when its count was last seen to move
        self._moved_ns = now_ns
        self._was_blocked = False
        self._waited_for_gil = False
        self._let_go_ns = 0
        self._stretch: _Stretch | None = None
        self._changes: list[Change] = []

    def is_settled(self, spoke_ns: int) -> bool:
        """Whether it sleeps, and all is told of it: as long as its counts stand still, a look tells nothing new."""
        return self.where == self._said and self.where in (GIL, IO) and spoke_ns <= self._said_ns

    def blocked(self) -> None:
        """Note that a probe knows why it waits, and will say when it goes on."""
        self._said = ""
        self.where = ON
        self._stretch = None
        self._was_blocked = True

    def handed_gil(self, ts_ns: int) -> None:
        """Note when the GIL was let go: a thread that waited for it cannot have gone on before."""
        self._let_go_ns = ts_ns
        stretch = self._stretch
        if stretch is not None and self._waited_for_gil and not stretch.was_handed and ts_ns >= stretch.earliest_ns:
            handed_ns = min(ts_ns, stretch.latest_ns)
            self._stretch = stretch._replace(earliest_ns=handed_ns, was_handed=True)

    @property
    def took_gil_by_ns(self) -> int:
        """When it had the GIL at the latest, if it waited for it and has run since; else 0."""
        return self._stretch.latest_ns if self._stretch is not None and self._waited_for_gil else 0

    def see(
        self, now_ns: int, run_ns: int, queue_ns: int, where: str, cpu: int, spoke_ns: int, taken_ns: int = 0
    ) -> list[Change]:
        """Take in one look; return what is known now.

        `where`: on (running, or ready to), gil or io; `cpu`: its core, -1 if not asked for;
        `spoke_ns`: when a probe last spoke in this thread; `taken_ns`: when another thread that had waited
        for the GIL had it at the latest.
        """
        before_ns = self._seen_ns
        ran_ns, queued_ns = run_ns - self.run_ns, queue_ns - self.queue_ns
        self.run_ns, self.queue_ns, self._seen_ns = run_ns, queue_ns, now_ns
        if where == GIL and ran_ns < _BRIEF_NS and self.is_settled(spoke_ns) and self.where == GIL:
            return _NOTHING
        self._changes = []
        if spoke_ns > self._said_ns and self._said != ON:
            self._tell_stretch(min(spoke_ns, now_ns))
            self._said, self._said_ns, self._cpu = ON, spoke_ns, -1
        from_ns = min(now_ns, max(before_ns, spoke_ns if spoke_ns < now_ns else 0))
        if self._was_blocked:
            # Nobody looked while it was: when it ran and waited in that time is not known.
            self._was_blocked = False
            self._moved_ns = now_ns
            queued_ns = 0
        if where == ON:
            self._awake(from_ns, now_ns, ran_ns, queued_ns, cpu)
        else:
            self._asleep(from_ns, now_ns, ran_ns, where, taken_ns if where == GIL else 0)
        return self._changes

    def _say(self, ts_ns: int, where: str, cpu: int = -1, is_inferred: bool = False) -> None:
        ts_ns = max(ts_ns, self._said_ns)
        self._said, self._said_ns = where, ts_ns
        if cpu >= 0 or where != ON:
            self._cpu = cpu
        self._changes.append(Change(ts_ns, where, max(cpu, 0), is_inferred))

    def _tell_stretch(self, latest_ns: int) -> None:
        if self._stretch is not None and self._said != ON:
            self._say(min(self._stretch.guess_ns, latest_ns), ON, self._cpu)

    def _awake(self, from_ns: int, now_ns: int, ran_ns: int, queued_ns: int, cpu: int) -> None:
        if self.where in (GIL, IO):
            latest_ns = max(from_ns, now_ns - ran_ns)
            self._stretch = _Stretch(from_ns, latest_ns, self.run_ns - ran_ns, self.queue_ns)
            self._waited_for_gil = self.where == GIL
            self.where, self.since_ns, self._moved_ns = ON, latest_ns, now_ns
        elif ran_ns:
            slept_ns = now_ns - from_ns - ran_ns - queued_ns
            if slept_ns > _SLEPT_NS and self._waited_for_gil:
                self._took_turns(now_ns, ran_ns, slept_ns)
            elif queued_ns > _QUEUED_NS and self._said == ON:
                self._was_queued(now_ns, ran_ns, queued_ns)
            self.where, self._moved_ns = ON, now_ns
        elif now_ns - self._moved_ns > _STUCK_NS and self.where == ON:
            self.where, self.since_ns = CPU, self._moved_ns
        if self.where == CPU:
            if self._said != CPU:
                self._tell_stretch(self.since_ns)
                self._say(self.since_ns, CPU)
        elif self._said == ON:
            if cpu not in (-1, self._cpu):
                self._say(now_ns - min(ran_ns, now_ns - from_ns), ON, cpu)
        else:
            self._begin(from_ns, now_ns, ran_ns, cpu)

    def _begin(self, from_ns: int, now_ns: int, ran_ns: int, cpu: int) -> None:
        """It is on a CPU and nobody has said so: wait for the end, which dates the beginning, but not for long."""
        if cpu >= 0:
            self._cpu = cpu
        if self._said in (CPU, "") or self._stretch is None:
            self._say(max(from_ns, now_ns - ran_ns), ON, self._cpu)
        elif now_ns - self._stretch.latest_ns > _PATIENCE_NS:
            self._tell_stretch(now_ns)

    def _took_turns(self, now_ns: int, ran_ns: int, slept_ns: int) -> None:
        """It was on a CPU at the last look, and is again: in between the GIL was another's."""
        on_ns = now_ns - ran_ns // 2
        self._tell_stretch(on_ns - slept_ns)
        self._say(on_ns - slept_ns, GIL, is_inferred=True)
        self._say(on_ns, ON, self._cpu)
        self._stretch = None

    def _was_queued(self, now_ns: int, ran_ns: int, queued_ns: int) -> None:
        """It had to wait for a core since the last look, and is on one again."""
        on_ns = now_ns - min(ran_ns, now_ns - self._said_ns)
        off_ns = on_ns - queued_ns
        if off_ns > self._said_ns:
            self._say(off_ns, CPU)
            self._say(on_ns, ON)

    def _asleep(self, from_ns: int, now_ns: int, ran_ns: int, where: str, taken_ns: int) -> None:
        if self.where in (ON, CPU):
            self.since_ns = self._end_stretch(from_ns, now_ns, ran_ns)
            if self._said_ns < taken_ns < self.since_ns:
                # Who has the GIL now waited for it: this thread had let go of it by then.
                self.since_ns = taken_ns
        elif ran_ns > _BRIEF_NS:
            # It woke, ran and went to sleep again between two looks.
            off_ns = taken_ns if from_ns + ran_ns < taken_ns < now_ns else (from_ns + now_ns + ran_ns) // 2
            on_ns = max(from_ns, off_ns - ran_ns, self._let_go_ns)
            if self._said != ON:
                self._say(on_ns, ON)
            self.since_ns = min(now_ns, on_ns + ran_ns)
        elif where != self.where:
            self.since_ns = now_ns
        self.where = where
        is_nap = where == IO and now_ns - self.since_ns < _NAP_NS
        if where != self._said and not is_nap:
            self._say(self.since_ns, where)

    def _end_stretch(self, from_ns: int, now_ns: int, ran_ns: int) -> int:
        """Return when the stretch ended; tell its beginning if that has waited for this."""
        stretch, self._stretch = self._stretch, None
        if stretch is None:
            # The count was not exact at the last look, so what it says to have run since is the most it can be.
            return from_ns + min(ran_ns, (now_ns - from_ns) // 2)
        length_ns = self.run_ns - stretch.run_ns + self.queue_ns - stretch.queue_ns
        earliest_ns = max(stretch.earliest_ns, from_ns - length_ns)
        latest_ns = min(stretch.latest_ns, now_ns - length_ns)
        on_ns = earliest_ns if stretch.was_handed else (earliest_ns + latest_ns) // 2
        on_ns = min(max(on_ns, stretch.earliest_ns), stretch.latest_ns)
        off_ns = min(max(on_ns + length_ns, from_ns), now_ns)
        if self._said != ON:
            self._say(on_ns, ON, self._cpu)
        return off_ns
