"""The words of the field, each explained once, in both languages: lessons/glossary.toml."""

import dataclasses
import tomllib
from pathlib import Path

from concurrency_lab.lessons.tables import Table, Texts


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """One word: what it is called, what it means in a sentence or two, and the lessons that show it."""

    id: str
    name: Texts
    short: Texts
    lessons: tuple[str, ...]


def read_glossary(file: Path) -> dict[str, Term]:
    """Read all terms: id -> term, in the order of the file. Raises LessonError."""
    table = Table(file, tomllib.loads(file.read_text(encoding="utf-8")))
    found = {}
    for entry in table.named("terms"):
        entry.only(("id", "name", "short", "lessons"))
        name = entry.text("id")
        found[name] = Term(name, entry.texts("name"), entry.texts("short"), entry.strings("lessons"))
    return found
