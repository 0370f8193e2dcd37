"""All lessons, found by listing folders; a broken one is reported, and the others load."""

import dataclasses
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from concurrency_lab.lessons.lesson import Lesson, LessonError, Texts, read_lesson
from concurrency_lab.lessons.params import Param, ParamError

__all__ = ["Catalogue", "Lesson", "Param", "ParamError", "Problem", "load_catalogue"]

FOLDER = Path(__file__).resolve().parent


class Problem(NamedTuple):
    """Why a lesson is not in the catalogue."""

    file: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class Catalogue:
    """The lessons in the order of the book, and what could not be read."""

    lessons: tuple[Lesson, ...]
    problems: tuple[Problem, ...]

    def get(self, slug: str) -> Lesson | None:
        """Return the lesson of this slug, or None."""
        return next((lesson for lesson in self.lessons if lesson.slug == slug), None)


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
            try:
                lesson = read_lesson(file.parent, chapters)
            except LessonError as error:
                problems.append(Problem(error.file, error.reason))
                continue
            if lesson.slug in lessons:
                other = lessons[lesson.slug].program_path.parent
                problems.append(Problem(file.parent, f"has the same name as {other}; the other one is used"))
            else:
                lessons[lesson.slug] = lesson
    ordered = sorted(lessons.values(), key=lambda lesson: (lesson.chapter, lesson.order, lesson.slug))
    return Catalogue(tuple(ordered), tuple(problems))


def _read_chapters(file: Path) -> dict[int, Texts]:
    return {int(number): titles for number, titles in tomllib.loads(file.read_text(encoding="utf-8")).items()}
