"""Data races in words: who did what to which variable, at which lines, holding what."""

from collections.abc import Iterable, Iterator
from typing import Any

from concurrency_lab.trace.hang_rules import title
from concurrency_lab.trace.present import Present
from concurrency_lab.trace.races import Access, Race

Raw = tuple[str, list[str], dict[str, Any]]


def apply(present: Present, races: Iterable[Race]) -> Iterator[Raw]:
    """Yield a finding for each race."""
    for race in races:
        sides = (race.first, race.second)
        is_far = race.first.file != race.second.file
        first, second = (_side(present, race, side, is_far) for side in sides)
        lanes = [present.key_of(race.pid, side.tid) for side in sides]
        yield "data-race", lanes, {"form": "race", "first": first, "second": second}


def _side(present: Present, race: Race, side: Access, is_far: bool) -> dict[str, Any]:
    form = ("race_wrote" if side.wrote else "race_read") + ("_locked" if side.locks else "")
    lane = present.name(present.key_of(race.pid, side.tid))
    names = [title(present, obj) for obj in side.locks]
    args: dict[str, Any] = {"form": form, "lane": lane, "resource": race.name, "line": side.line, "names": names}
    return {**args, "file": side.file} if is_far else args
