"""The ways in which a lesson can be run: its variants, and the tries that change one of them."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from concurrency_lab.lessons import params as parameters
from concurrency_lab.lessons.params import Param
from concurrency_lab.lessons.tables import Table, Texts

MAIN = "main"


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A program of the lesson and what is changed in it.

    `variant`: the id of the variant that it is, or that it changes. `values`: parameters that it sets.
    """

    id: str
    title: Texts
    variant: str
    source: str
    values: Mapping[str, Any]
    wall_seconds: float
    edits: bool = False
    # in step mode: the lab hands the GIL over between reads and writes
    step: bool = False

    @property
    def is_try(self) -> bool:
        """It is a change of a variant, and not a variant itself."""
        return self.id != self.variant

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return what the page and the API show, but for the source: the lesson puts the values in."""
        return {
            "id": self.id,
            "title": self.title[lang],
            "kind": "try" if self.is_try else "variant",
            "variant": self.variant,
            "set": dict(self.values),
            "edits": self.edits,
            "step": self.step,
        }


def read_cases(lesson: Table, programs: Mapping[str, str], params: tuple[Param, ...]) -> dict[str, Case]:
    """Read variants and tries; `programs`: file name -> source. The first is the one that Run starts."""
    default_seconds = _seconds(lesson, 12)
    cases: dict[str, Case] = {}
    for table in lesson.named("variants"):
        table.only(("id", "title", "program", "set", "step", "wall_seconds"))
        name = table.text("program", "program.py")
        if name not in programs:
            table.fail(f"there is no file {name}")
        values = _values(table, params)
        seconds = _seconds(table, default_seconds)
        case_id = table.text("id")
        title = table.texts("title")
        cases[case_id] = Case(case_id, title, case_id, programs[name], values, seconds, step=table.flag("step"))
    if not cases:
        cases[MAIN] = Case(MAIN, lesson.texts("title"), MAIN, programs["program.py"], {}, default_seconds)
    first = next(iter(cases))
    for table in lesson.named("tries"):
        table.only(("id", "label", "set", "variant", "edit", "step", "wall_seconds"))
        if table.text("id") in cases:
            table.fail("a variant has the same id")
        cases[table.text("id")] = _read_try(table, cases, table.text("variant", first), params)
    return cases


def _read_try(table: Table, cases: Mapping[str, Case], variant: str, params: tuple[Param, ...]) -> Case:
    base = cases.get(variant)
    if base is None or base.is_try:
        table.fail(f"there is no variant {variant!r}")
    values = _values(table, params)
    source = base.source
    edits = table.tables("edit")
    for edit in edits:
        edit.only(("replace", "with"))
        old = edit.text("replace")
        if source.count(old) != 1:
            edit.fail(f"{old!r} occurs {source.count(old)} times in the program, not once")
        source = source.replace(old, str(edit.values.get("with", "")))
    step = base.step or table.flag("step")
    if not edits and not values and step == base.step:
        table.fail("changes nothing: it needs set, edit or step")
    try:
        compile(source, str(table.file), "exec", dont_inherit=True)
    except SyntaxError as error:
        table.fail(f"after its edit the program is not Python: {error.msg} in line {error.lineno}")
    seconds = _seconds(table, base.wall_seconds)
    label = table.texts("label")
    return Case(table.text("id"), label, variant, source, {**base.values, **values}, seconds, bool(edits), step)


def _values(table: Table, params: tuple[Param, ...]) -> dict[str, Any]:
    given = table.table("set")
    try:
        checked = parameters.validate(params, given)
    except parameters.ParamError as error:
        table.fail("; ".join(text["en"] for _, text in error.errors))
    return {name: checked[name] for name in given}


def _seconds(table: Table, default: float) -> float:
    value = table.values.get("wall_seconds", default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 60:
        table.fail("wall_seconds must be a number of seconds, at most 60")
    return float(value)
