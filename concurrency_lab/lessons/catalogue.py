"""All lessons, found by listing folders; a broken one is reported, and the others load."""

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from concurrency_lab.lessons import authoring
from concurrency_lab.lessons.authoring import CannotMake
from concurrency_lab.lessons.glossary import Term, read_glossary
from concurrency_lab.lessons.lesson import Lesson, LessonError, read_lesson
from concurrency_lab.lessons.outcomes import outcomes
from concurrency_lab.lessons.params import Param, ParamError
from concurrency_lab.lessons.tables import Texts

__all__ = ["CannotMake", "Catalogue", "Lesson", "Param", "ParamError", "Problem", "load_catalogue", "outcomes"]

FOLDER = Path(__file__).resolve().parent


class Problem(NamedTuple):
    """Why a lesson is not in the catalogue."""

    file: Path
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """The lessons in the order of the book, and what could not be read."""

    lessons: tuple[Lesson, ...]
    problems: tuple[Problem, ...]
    # id -> a word of the field
    glossary: Mapping[str, Term]

    def get(self, slug: str) -> Lesson | None:
        """Return the lesson of this slug, or None."""
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)

    def neighbours(self, lesson: Lesson) -> tuple[Lesson | None, Lesson | None]:
        """Return the lessons before and after one, in the order of the book."""
        around = (None, *self.lessons, None)
        place = around.index(lesson)
        return around[place - 1], around[place + 1]

    def about(self, primitive: str) -> list[Lesson]:
        """Return the lessons about a primitive, as the documentation names it."""
        return [lesson for lesson in self.lessons if primitive in lesson.primitives]

    def new_lesson(self, base: str | Path | None, slug: str) -> Path:
        """Make a folder for a lesson that runs, in `base` or among our own; return it. Raises CannotMake, OSError."""
        return authoring.new_lesson(Path(base) if base else FOLDER, slug, self)

    def shortcomings(self, lesson: Lesson) -> list[str]:
        """Return a sentence for everything that a lesson lacks."""
        return authoring.shortcomings(lesson, self)

    @property
    def primitives(self) -> list[str]:
        """All that lessons are about, in alphabetical order."""
        return sorted({primitive for lesson in self.lessons for primitive in lesson.primitives})


def load_catalogue(extra_dirs: Iterable[str | Path] = ()) -> Catalogue:
    """Read our own lessons and those in further folders: each folder in them with a lesson.toml is one."""
    chapters = _read_chapters(FOLDER / "chapters.toml")
    lessons: dict[str, Lesson] = {}
    problems: list[Problem] = []
    for base in [FOLDER, *map(Path, extra_dirs)]:
        if not base.is_dir():
            problems.append(Problem(base, "is not a folder"))
            continue
        for file in sorted(base.glob("*/lesson.toml")):
            if file.parent == authoring.TEMPLATE:
                continue
            try:
                lesson = read_lesson(file.parent, chapters)
            except LessonError as error:
                problems.append(Problem(error.file, error.reason, error.line))
                continue
            if lesson.slug in lessons:
                other = lessons[lesson.slug].folder
                problems.append(Problem(file.parent, f"has the same name as {other}; the other one is used"))
            else:
                lessons[lesson.slug] = lesson
    ordered = sorted(lessons.values(), key=lambda lesson: (lesson.chapter, lesson.order, lesson.slug))
    return Catalogue(tuple(ordered), tuple(problems), read_glossary(FOLDER / "glossary.toml"))


def _read_chapters(file: Path) -> dict[int, Texts]:
    return {int(number): titles for number, titles in tomllib.loads(file.read_text(encoding="utf-8")).items()}
