"""What a row of the table is, how it is measured again and again, and what its figures come to."""

import dataclasses
import importlib
import statistics
from collections.abc import Callable, Iterator, Mapping

from tests.faults.lab import Bench, NotThere

Sample = Mapping[str, float]
Measure = Callable[[Bench, int], Iterator[Sample]]
# A row that fails so often in a row is given up: it says what is wrong already.
_GIVE_UP_AFTER = 3
FAMILIES = ("ending", "killing", "amounts", "output", "viewers", "recording", "server")


@dataclasses.dataclass(frozen=True)
class Target:
    """One figure of a row, and the most that it may be in each layer; None: it is shown, not promised."""

    figure: str
    l1: float | None
    l2: float | None
    unit: str = ""

    def at_most(self, layer: str) -> float | None:
        return self.l1 if layer == "L1" else self.l2


@dataclasses.dataclass(frozen=True)
class Row:
    """One fault."""

    name: str
    title: str
    targets: tuple[Target, ...]
    measure: Measure
    # short enough for `make test`
    quick: bool
    # at most so often, whatever is asked for: each time yields many samples or takes long
    most: int | None


@dataclasses.dataclass
class Result:
    """What a row came to."""

    row: Row
    layer: str
    samples: list[Sample] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    # why it could not be measured: not built, or not promised here
    not_there: str = ""

    def values(self, target: Target) -> list[float]:
        return [sample[target.figure] for sample in self.samples if target.figure in sample]

    def verdict(self, target: Target) -> str:
        """Return what a figure came to, in a word."""
        if self.not_there:
            return "not there"
        if self.failures:
            return "failed"
        values, most = self.values(target), target.at_most(self.layer)
        if not values:
            return "no figure"
        if most is None:
            return "shown"
        return "ok" if max(values) <= most else "missed"

    @property
    def is_good(self) -> bool:
        return all(self.verdict(target) in ("ok", "shown") for target in self.row.targets)

    def lines(self) -> list[tuple[str, ...]]:
        """Return the row's lines of the table: fault, figure, median, worst, target, verdict."""
        first, *more = (self._line(target) for target in self.row.targets)
        return [(self.row.title, *first), *(("", *line) for line in more)]

    def _line(self, target: Target) -> tuple[str, ...]:
        values, most = self.values(target), target.at_most(self.layer)
        figures = (shown(statistics.median(values)), shown(max(values))) if values else ("", "")
        unit = f" ({target.unit})" if target.unit else ""
        limit = "" if most is None else f"<= {shown(most)}"
        return (target.figure + unit, str(len(values)), *figures, limit, self.verdict(target))


def shown(value: float) -> str:
    """Return a figure with as many digits as mean something."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"


_ROWS: dict[str, Row] = {}


def row(
    name: str, title: str, *targets: Target, quick: bool = False, most: int | None = None
) -> Callable[[Measure], Measure]:
    """Register a row: a generator that is told how often, and yields one sample each time."""

    def register(measure: Measure) -> Measure:
        _ROWS[name] = Row(name, title, targets, measure, quick, most)
        return measure

    return register


def all_rows() -> dict[str, Row]:
    """Return every row, in the order of the table."""
    for family in FAMILIES:
        importlib.import_module(f"tests.faults.{family}")
    return _ROWS


def measure(row: Row, bench: Bench, times: int) -> Result:
    """Do a fault so often; one that fails is begun anew, until it has failed too often."""
    result = Result(row, bench.layer)
    wanted = min(times, row.most or times)
    in_a_row = 0
    while len(result.samples) + len(result.failures) < wanted and in_a_row < _GIVE_UP_AFTER:
        left = wanted - len(result.samples) - len(result.failures)
        try:
            for sample in row.measure(bench, left):
                result.samples.append(sample)
                in_a_row = 0
            break
        except NotThere as reason:
            result.not_there = str(reason)
            break
        except Exception as error:
            # Whatever it is, the other rows are to be measured.
            result.failures.append(f"{type(error).__name__}: {error}"[:400])
            in_a_row += 1
    return result
