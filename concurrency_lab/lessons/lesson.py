"""One lesson: read from its folder with every mistake named, and what the others ask of it."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from concurrency_lab.lessons import params as parameters
from concurrency_lab.lessons import source as sources
from concurrency_lab.lessons.cases import Case, read_cases
from concurrency_lab.lessons.checks import EVALUATORS, Check
from concurrency_lab.lessons.params import Param, Refused
from concurrency_lab.lessons.questions import Moment, Question, read_moments, read_questions
from concurrency_lab.lessons.tables import LANGUAGES, LessonError, Table, Texts

__all__ = ["LANGUAGES", "Lesson", "LessonError", "read_lesson"]

LEVELS = (1, 2, 3)
_WORDS = (
    "chapter", "order", "level", "minutes", "related", "primitives", "wall_seconds", "races", "alone", "may_find",
    "title", "summary", "params", "variants", "tries", "moments", "questions", "points", "checks",
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Lesson:
    """Programs with their prose, parameters, questions, and the checks that their real traces must pass."""

    slug: str
    chapter: int
    # the number of its row in the textbook: lessons of a chapter are read in this order
    order: int
    # 1 first steps, 2 needs those, 3 for the curious
    level: int
    minutes: int
    title: Texts
    summary: Texts
    chapter_title: Texts
    params: tuple[Param, ...]
    # id -> way to run it; the first is what Run starts
    cases: Mapping[str, Case]
    moments: tuple[Moment, ...]
    questions: tuple[Question, ...]
    points: tuple[Texts, ...]
    checks: tuple[Check, ...]
    prose: Texts
    primitives: tuple[str, ...]
    related: tuple[str, ...]
    finds_races: bool
    # its numbers are about the machine: the tests run it while nothing else runs
    alone: bool
    # codes of what the lab may find in its runs, beside what its checks say that it does
    may_find: tuple[str, ...]
    folder: Path

    @property
    def first(self) -> Case:
        """The case that Run starts."""
        return next(iter(self.cases.values()))

    @property
    def source(self) -> str:
        """The program that is shown at first."""
        return self.first.source

    @property
    def variants(self) -> tuple[Case, ...]:
        """The programs that are shown side by side; one, most often."""
        return tuple(case for case in self.cases.values() if not case.is_try)

    @property
    def tries(self) -> tuple[Case, ...]:
        """The changes that are one click away."""
        return tuple(case for case in self.cases.values() if case.is_try)

    def validate(self, raw: Mapping[str, Any], case: Case | None = None) -> dict[str, Any]:
        """Return a value for every parameter: what is given, else what the case says, else its default.

        Raises ParamError.
        """
        return parameters.validate(self.params, {**(case or self.first).values, **raw})

    def render(self, values: Mapping[str, Any], case: Case | None = None) -> str:
        """Return a case's program with these values in place of its constants' literals; all else byte for byte."""
        source = (case or self.first).source
        there = sources.constants(source)
        return sources.replace(source, {name: value for name, value in values.items() if name in there})

    def checks_of(self, case: Case) -> list[Check]:
        """Return the checks that are about this case."""
        return [check for check in self.checks if "in" not in check or case.id in _names(check["in"])]

    def _is_set(self, name: str) -> bool:
        """Return whether every variant sets this parameter itself, so that a reader's choice would change nothing."""
        return bool(self.variants) and all(name in case.values for case in self.variants)

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return what the page and the API show, in one language (English for one that we do not have)."""
        lang = lang if lang in LANGUAGES else "en"
        return {
            "slug": self.slug,
            "chapter": self.chapter,
            "chapter_title": self.chapter_title[lang],
            "order": self.order,
            "level": self.level,
            "minutes": self.minutes,
            "title": self.title[lang],
            "summary": self.summary[lang],
            "primitives": list(self.primitives),
            "params": [param.as_json(lang) for param in self.params],
            "asked": [param.name for param in self.params if not self._is_set(param.name)],
            "source": self.source,
            "cases": [
                {**case.as_json(lang), "source": self.render(self.validate({}, case), case)}
                for case in self.cases.values()
            ],
            "variants": [case.id for case in self.variants],
            "tries": [case.id for case in self.tries],
            "moments": [moment.as_json(lang) for moment in self.moments],
            "questions": [question.as_json(lang) for question in self.questions],
            "points": [point[lang] for point in self.points],
        }


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def read_lesson(folder: Path, chapters: Mapping[int, Texts]) -> Lesson:
    """Read a lesson from its folder. Raises LessonError for the first thing that is wrong."""
    file = folder / "lesson.toml"
    try:
        text = _text(file)
        table = Table(file, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        raise LessonError(file, f"is not TOML: {error}") from None
    table.only(_WORDS)
    programs = {program.name: _text(program) for program in sorted(folder.glob("*.py"))}
    programs["program.py"] = programs.get("program.py") or _text(folder / "program.py")
    chapter = table.number("chapter")
    if chapter not in chapters:
        table.fail(f"chapter {chapter} is not in chapters.toml")
    level = table.number("level")
    if level not in LEVELS:
        table.fail(f"level must be one of {', '.join(map(str, LEVELS))}, not {level}")
    params = _read_params(table, folder, programs)
    cases = read_cases(table, programs, params)
    return Lesson(
        slug=folder.name,
        chapter=chapter,
        order=table.number("order"),
        level=level,
        minutes=table.number("minutes"),
        title=table.texts("title"),
        summary=table.texts("summary"),
        chapter_title=chapters[chapter],
        params=params,
        cases=cases,
        moments=read_moments(table, cases),
        questions=read_questions(table, cases),
        points=tuple(Table(file, {"text": point.values}).texts("text") for point in table.tables("points")),
        checks=_read_checks(table, cases),
        prose={lang: _text(folder / f"{lang}.md") for lang in LANGUAGES},
        primitives=table.strings("primitives"),
        related=table.strings("related"),
        finds_races=table.flag("races"),
        alone=table.flag("alone"),
        may_find=table.strings("may_find"),
        folder=folder,
    )


def _text(file: Path) -> str:
    try:
        # Not read_text: it would turn \r\n into \n, and what is shown would not be what is there.
        return file.read_bytes().decode()
    except FileNotFoundError:
        raise LessonError(file, "is missing") from None
    except UnicodeDecodeError as error:
        raise LessonError(file, f"is not UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise LessonError(file, f"cannot be read: {error.strerror}") from None


def _read_checks(lesson: Table, cases: Mapping[str, Case]) -> tuple[Check, ...]:
    for table in lesson.tables("checks"):
        if table.values.get("check") not in EVALUATORS:
            table.fail(f"there is no check {table.values.get('check')!r}; there are {', '.join(EVALUATORS)}")
        for name in table.strings("in"):
            if name not in cases:
                table.fail(f"there is no case {name!r}")
    return tuple(dict(table.values) for table in lesson.tables("checks"))


def _read_params(lesson: Table, folder: Path, programs: Mapping[str, str]) -> tuple[Param, ...]:
    constants: dict[str, sources.Literal] = {}
    # program.py last: where several programs have a constant, its literal is the default.
    for name in sorted(programs, key=lambda name: name == "program.py"):
        try:
            constants |= sources.constants(programs[name])
        except SyntaxError as error:
            raise LessonError(folder / name, f"is not Python: {error.msg}", error.lineno) from None
    found = []
    for table in lesson.tables("params"):
        name = str(table.values.get("name", ""))
        if name not in constants:
            table.fail(f"parameter {name!r} is not assigned once, to a literal, at the top of program.py")
        found.append(_read_param(table, name, constants[name].value))
    return tuple(found)


def _read_param(table: Table, name: str, default: Any) -> Param:
    values = table.values
    kind = values.get("type")
    if kind not in parameters.TYPES:
        table.fail(f"parameter {name}: type must be one of {', '.join(parameters.TYPES)}")
    if kind == "choice" and not values.get("choices"):
        table.fail(f"parameter {name}: a choice needs choices")
    param = Param(
        name=name,
        type=kind,
        default=default,
        min=values.get("min"),
        max=values.get("max"),
        step=values.get("step"),
        choices=tuple(values.get("choices", ())),
        label=table.texts("label"),
    )
    try:
        parsed = param.parse(default)
    except Refused as refused:
        table.fail(f"parameter {name}: its default is not allowed: {refused}")
    if type(parsed) is not type(default):
        table.fail(f"parameter {name}: {default!r} in program.py is not of type {kind}")
    return param
