"""One lesson: read from its folder with every mistake named, and what the others ask of it."""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from concurrency_lab.lessons import params as parameters
from concurrency_lab.lessons import source as sources
from concurrency_lab.lessons.params import Param, Refused

LANGUAGES = ("en", "zh")
LEVELS = (1, 2, 3)
Texts = dict[str, str]


class LessonError(ValueError):
    """What is wrong with a lesson, and in which of its files."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Lesson:
    """A program with its prose, parameters, questions, and the checks that its real trace must pass."""

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
    source: str
    prose: Texts
    program_path: Path
    questions: tuple[dict[str, Any], ...]
    checks: tuple[dict[str, Any], ...]
    related: tuple[str, ...]

    def validate(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return a value for every parameter, defaults filled in. Raises ParamError."""
        return parameters.validate(self.params, dict(raw))

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the program with these values in place of its constants' literals; all else byte for byte."""
        return sources.replace(self.source, values)

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
            "params": [param.as_json(lang) for param in self.params],
            "source": self.source,
        }


def read_lesson(folder: Path, chapters: Mapping[int, Texts]) -> Lesson:
    """Read a lesson from its folder. Raises LessonError for the first thing that is wrong."""
    file = folder / "lesson.toml"
    try:
        table = tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise LessonError(file, f"is not TOML: {error}") from None
    program = folder / "program.py"
    source = _text(program)
    reader = _Table(file, table)
    chapter = reader.number("chapter")
    if chapter not in chapters:
        raise LessonError(file, f"chapter {chapter} is not in chapters.toml")
    level = reader.number("level")
    if level not in LEVELS:
        raise LessonError(file, f"level must be one of {', '.join(map(str, LEVELS))}, not {level}")
    return Lesson(
        slug=folder.name,
        chapter=chapter,
        order=reader.number("order"),
        level=level,
        minutes=reader.number("minutes"),
        title=reader.texts("title"),
        summary=reader.texts("summary"),
        chapter_title=chapters[chapter],
        params=_read_params(file, program, reader.tables("params"), source),
        source=source,
        prose={lang: _text(folder / f"{lang}.md") for lang in LANGUAGES},
        program_path=program,
        questions=tuple(reader.tables("questions")),
        checks=tuple(reader.tables("checks")),
        related=tuple(str(slug) for slug in table.get("related", ())),
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


@dataclasses.dataclass(frozen=True, slots=True)
class _Table:
    """A TOML table whose every reading is checked."""

    file: Path
    values: Mapping[str, Any]

    def number(self, key: str) -> int:
        value = self.values.get(key)
        if type(value) is not int:
            raise LessonError(self.file, f"{key} must be a whole number" if key in self.values else f"has no {key}")
        return value

    def texts(self, key: str) -> Texts:
        value = self.values.get(key)
        for lang in LANGUAGES:
            if not isinstance(value, dict) or not isinstance(value.get(lang), str) or not value[lang].strip():
                raise LessonError(self.file, f"has no {key} in {lang}")
        assert isinstance(value, dict)
        return {lang: value[lang] for lang in LANGUAGES}

    def tables(self, key: str) -> list[dict[str, Any]]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise LessonError(self.file, f"{key} must be a list of tables: [[{key}]]")
        return value


def _read_params(file: Path, program: Path, tables: list[dict[str, Any]], source: str) -> tuple[Param, ...]:
    try:
        constants = sources.constants(source)
    except SyntaxError as error:
        raise LessonError(program, f"is not Python: {error.msg} in line {error.lineno}") from None
    found = []
    for table in tables:
        name = str(table.get("name", ""))
        if name not in constants:
            raise LessonError(file, f"parameter {name!r} is not assigned once, to a literal, at the top of program.py")
        found.append(_read_param(_Table(file, table), name, constants[name].value))
    return tuple(found)


def _read_param(table: _Table, name: str, default: Any) -> Param:
    values = table.values
    kind = values.get("type")
    if kind not in parameters.TYPES:
        raise LessonError(table.file, f"parameter {name}: type must be one of {', '.join(parameters.TYPES)}")
    if kind == "choice" and not values.get("choices"):
        raise LessonError(table.file, f"parameter {name}: a choice needs choices")
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
        raise LessonError(table.file, f"parameter {name}: its default is not allowed: {refused}") from None
    if type(parsed) is not type(default):
        raise LessonError(table.file, f"parameter {name}: {default!r} in program.py is not of type {kind}")
    return param
