"""What a lesson asks before a run, and the instants that its prose points at."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from concurrency_lab.lessons import measures
from concurrency_lab.lessons.cases import Case
from concurrency_lab.lessons.evidence import SELECTOR_WORDS, problem_of
from concurrency_lab.lessons.tables import Table, Texts

COMPARISONS = ("least", "most")
_QUESTION_WORDS = ("id", "ask", "why", "measure", "options", "in", "compare", "several")
_OPTION_WORDS = ("value", "at_least", "below", "en", "zh")


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose: right for a value, or for a range of numbers."""

    value: str
    text: Texts
    at_least: float | None
    below: float | None

    def is_right(self, measured: Any) -> bool:
        """Return whether this is what was measured."""
        if self.at_least is None and self.below is None:
            return self.value == as_answer(measured)
        number = _as_number(measured)
        if number is None:
            return False
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """Asked before the run, graded by what `measure` finds in it. `case`: the run that it is about."""

    id: str
    ask: Texts
    why: Texts
    type: str
    options: tuple[Option, ...]
    measure: Mapping[str, Any]
    case: str
    compare: str | None
    several: bool

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return what the page and the API show."""
        options = []
        for option in self.options:
            shown: dict[str, Any] = {"value": option.value, "text": option.text[lang]}
            shown |= {key: value for key in ("at_least", "below") if (value := getattr(option, key)) is not None}
            options.append(shown)
        return {
            "id": self.id,
            "ask": self.ask[lang],
            "why": self.why[lang],
            "type": self.type,
            "options": options,
            "in": self.case,
            "compare": self.compare,
            "several": self.several,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """An instant of a run that the prose can point at; `cases`: those in which it occurs, None for all."""

    id: str
    label: Texts
    event: Mapping[str, Any]
    cases: tuple[str, ...] | None

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return what the page and the API show."""
        return {"id": self.id, "label": self.label[lang], "in": None if self.cases is None else list(self.cases)}


def as_answer(measured: Any) -> str:
    """Return a measured value as the options write it."""
    if isinstance(measured, bool):
        return "yes" if measured else "no"
    return f"{measured:g}" if isinstance(measured, float) else str(measured)


def _as_number(measured: Any) -> float | None:
    """Return a measured number; one that the program printed is text."""
    if isinstance(measured, bool) or not isinstance(measured, int | float | str):
        return None
    try:
        return float(measured)
    except ValueError:
        return None


def read_questions(lesson: Table, cases: Mapping[str, Case]) -> tuple[Question, ...]:
    """Read all questions; the first case is what they are about unless they say otherwise."""
    first = next(iter(cases))
    return tuple(_read_question(table, cases, first) for table in lesson.named("questions"))


def _read_question(table: Table, cases: Mapping[str, Case], first: str) -> Question:
    table.only(_QUESTION_WORDS)
    measure = table.table("measure")
    wrong = measures.problem_of(measure)
    if wrong:
        table.fail(f"its measure {wrong}")
    case = table.text("in", first)
    if case not in cases:
        table.fail(f"there is no case {case!r}")
    compare = table.values.get("compare")
    if compare is not None and compare not in COMPARISONS:
        table.fail(f"compare must be one of {', '.join(COMPARISONS)}")
    variants = [one for one in cases.values() if not one.is_try]
    if compare and len(variants) < 2:
        table.fail("compare needs variants to be compared")
    options = tuple(_read_option(entry) for entry in table.tables("options"))
    if compare and options:
        table.fail("the options of a comparison are the variants")
    if compare:
        options = tuple(Option(one.id, one.title, None, None) for one in variants)
    return Question(
        id=table.text("id"),
        ask=table.texts("ask"),
        why=table.texts("why"),
        type="variant" if compare else "choice" if options else measures.type_of(measure),
        options=options,
        measure=measure,
        case=case,
        compare=compare,
        several=table.flag("several"),
    )


def _read_option(table: Table) -> Option:
    table.only(_OPTION_WORDS)
    value, low, high = (table.values.get(key) for key in ("value", "at_least", "below"))
    if value is None and low is None and high is None:
        table.fail("needs a value, or at_least or below")
    for text in ("en", "zh"):
        if not str(table.values.get(text, "")).strip():
            table.fail(f"has no text in {text}")
    texts = {"en": str(table.values["en"]), "zh": str(table.values["zh"])}
    named = as_answer(value) if value is not None else f"{'' if low is None else low}..{'' if high is None else high}"
    return Option(named, texts, low, high)


def read_moments(lesson: Table, cases: Iterable[str]) -> tuple[Moment, ...]:
    """Read all moments."""
    known = set(cases)
    found = []
    for table in lesson.named("moments"):
        table.only(("id", "label", "event", "in"))
        event = table.table("event")
        wrong = problem_of(event)
        if wrong or "kind" not in event:
            table.fail(f"its event {wrong or 'has no kind'}; known words are {', '.join(SELECTOR_WORDS)}")
        within = table.strings("in") or None
        for name in within or ():
            if name not in known:
                table.fail(f"there is no case {name!r}")
        found.append(Moment(table.text("id"), table.texts("label"), event, within))
    return tuple(found)
