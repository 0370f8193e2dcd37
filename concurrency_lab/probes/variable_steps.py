"""Between which instructions step mode hands over: behind a read of what the same code goes on to write."""

from __future__ import annotations

import _thread

from . import naming, stepping, variables, watching
from .variable_points import AttributePoint, ItemPoint, Path, Point

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any


class Step(Point):
    """The instruction behind the one that `behind` is about: only here is that one done. It may be a `point` itself."""

    __slots__ = ("behind", "point")

    def __init__(self, behind: Point, point: Point | None) -> None:
        super().__init__(behind.name, behind.is_write, behind.line)
        self.behind = behind
        self.point = point

    def forget(self) -> None:
        """Find what it is about anew."""
        if self.point is not None:
            self.point.forget()


class _Mine(_thread._local):
    # the point that this thread is at, and its variable
    at: tuple[Point, variables.Variable] | None = None


_mine = _Mine()


def begin() -> None:
    """Begin step mode; before any probe is put in place."""
    watching.watch.note = note
    watching.watch.refine = with_steps
    stepping.begin(watching.watch.stop)


def note(point: Point, frame: FrameType, file: int) -> None:
    """Note that this thread runs this instruction now; hand over if the one before it was the place for it."""
    at, _mine.at = _mine.at, None
    if type(point) is Step:
        if at is not None and at[0] is point.behind:
            _pass(at[0], at[1], file)
        if point.point is None:
            return
        point = point.point
    variable = point.variable(frame)
    if variable is not None:
        variables.use(variable, point.is_write, point.line, file)
        _mine.at = (point, variable)


def _pass(point: Point, variable: variables.Variable, file: int) -> None:
    if point.is_write:
        stepping.walk.wrote(variable)
    else:
        stepping.walk.hand_over(variable, point.line, file)


def with_steps(code: CodeType, points: dict[int, Point]) -> dict[int, Point]:
    """Return a code's points together with its steps."""
    found = dict(points)
    places = _places(code)
    written: set[Any] = set()
    # A module's own loop variable, say, is nobody else's: to wait for another's write of it would be in vain.
    shared = _names_within(code) if code.co_name == "<module>" else None
    # From its end: what is written further down is known then.
    for number in range(len(places) - 2, -1, -1):
        following = places[number + 1]
        point = points.get(places[number][-1])
        if point is None or (shared is not None and type(point) is Point and point.name not in shared):
            continue
        which = _which(point)
        if point.is_write:
            written.add(which)
        elif which not in written:
            continue
        step = Step(point, points.get(following[-1]))
        for offset in following:
            found[offset] = step
    return found


def _names_within(code: CodeType) -> set[str]:
    """Return the names that functions within this code use, other than local ones."""
    names: set[str] = set()
    waiting = [code]
    while waiting:
        inner = [each for each in waiting.pop().co_consts if hasattr(each, "co_names")]
        names.update(name for each in inner for name in each.co_names)
        waiting += inner
    return names


def _places(code: CodeType) -> list[tuple[int, ...]]:
    """Return the offsets of each instruction: its own is the last, before it that of a prefix."""
    ops = naming.ops()
    places = []
    prefix: tuple[int, ...] = ()
    for offset, number in zip(range(0, len(code.co_code), 2), code.co_code[::2], strict=True):
        op = ops.get(number, "")
        if op == "EXTENDED_ARG":
            prefix = prefix or (offset,)
        elif op != "CACHE":
            places.append((*prefix, offset))
            prefix = ()
    return places


def _which(point: Point) -> Any:
    """Return what is the same for two points that name a variable in the same words."""
    if type(point) is AttributePoint:
        return "attribute", _words(point.holder), point.name
    if type(point) is ItemPoint:
        key = point.key
        return "item", _words(point.holder), _words(key) if type(key) is Path else ("", type(key), key)
    return "global", point.name


def _words(path: Path | None) -> tuple[Any, ...]:
    return () if path is None else (*_words(path.base), path.is_local, path.name)
