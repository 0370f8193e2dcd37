"""How the threads of one process share its GIL: for how long one computed while others were ready to."""

from concurrency_lab.trace import states

_GIL, _CPU = states.REASON_CODES["gil"], states.REASON_CODES["cpu"]
# What a lane wants, as far as the GIL is concerned.
NOTHING, RUNS, WANTS_GIL, WANTS_CORE = range(4)


def wish(state: int, reason: int) -> int:
    """Return what a lane in this state wants."""
    if state == states.RUNNING:
        return RUNS
    if state == states.RUNNABLE:
        return WANTS_GIL if reason == _GIL else WANTS_CORE if reason == _CPU else NOTHING
    return NOTHING


class Turns:
    """One process's. Its lanes change one after the other, in the order of time."""

    def __init__(self, ts_ns: int) -> None:
        self._counts = [0, 0, 0, 0]
        self._since_ns = ts_ns
        self._began_ns = ts_ns
        # somebody ran, and somebody else waited for the GIL
        self.contended_ns = 0
        # somebody wanted to run and nobody did: the machine's doing
        self._starved_ns = 0

    def change(self, ts_ns: int, before: int, after: int) -> None:
        """One lane wants something else now."""
        self.pass_to(ts_ns)
        self._counts[before] -= 1
        self._counts[after] += 1

    def begin(self, ts_ns: int, wanted: int) -> None:
        """One more lane is there."""
        self.pass_to(ts_ns)
        self._counts[wanted] += 1

    def pass_to(self, ts_ns: int) -> None:
        """Let time pass."""
        _, runs, wants_gil, wants_core = self._counts
        spent_ns = max(0, ts_ns - self._since_ns)
        self._since_ns = max(ts_ns, self._since_ns)
        if runs and wants_gil:
            self.contended_ns += spent_ns
        elif not runs and (wants_gil or wants_core):
            self._starved_ns += spent_ns

    @property
    def share(self) -> float:
        """Which part of its time that was, without the time in which the machine let nobody of it run."""
        lived_ns = self._since_ns - self._began_ns - self._starved_ns
        return self.contended_ns / lived_ns if lived_ns > 0 else 0.0
