"""Reading lesson.toml: a table whose every reading is checked, and the sentence for what is wrong."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

LANGUAGES = ("en", "zh")
Texts = dict[str, str]
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class LessonError(ValueError):
    """What is wrong with a lesson, and in which of its files."""

    def __init__(self, file: Path, reason: str, line: int | None = None) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One table of lesson.toml. `where` names it in sentences, `line` is where it begins in the `whole` file."""

    file: Path
    values: Mapping[str, Any]
    whole: str = ""
    where: str = ""
    line: int | None = None

    def fail(self, reason: str) -> NoReturn:
        """Say what is wrong with this table."""
        raise LessonError(self.file, self.where + reason, self.line)

    def number(self, key: str) -> int:
        """Return a whole number."""
        value = self.values.get(key)
        if type(value) is not int:
            self.fail(f"{key} must be a whole number" if key in self.values else f"has no {key}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value:
            self.fail(f"{key} must be a text" if key in self.values else f"has no {key}")
        return value

    def texts(self, key: str) -> Texts:
        """Return a text in every language."""
        value = self.values.get(key)
        for lang in LANGUAGES:
            if not isinstance(value, dict) or not isinstance(value.get(lang), str) or not value[lang].strip():
                self.fail(f"has no {key} in {lang}")
        assert isinstance(value, dict)
        return {lang: value[lang] for lang in LANGUAGES}

    def strings(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text stands for a list of one."""
        value = self.values.get(key, ())
        if isinstance(value, str):
            value = [value]
        if not all(isinstance(entry, str) for entry in value):
            self.fail(f"{key} must be a list of texts")
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Return true or false; false where nothing is said."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fail(f"{key} must be true or false")
        return value

    def table(self, key: str) -> dict[str, Any]:
        """Return a table within this one; an empty one where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"{key} must be a table")
        return value

    def tables(self, key: str) -> list["Table"]:
        """Return a list of tables, each knowing its place in the list."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.fail(f"{key} must be a list of tables: [[{key}]]")
        heads = re.compile(rf"^\s*\[\[\s*{re.escape(key)}\s*\]\]", re.MULTILINE)
        lines: list[int | None] = [self.whole.count("\n", 0, head.end()) + 1 for head in heads.finditer(self.whole)]
        # A list that is written in one line has no heads of its own.
        lines += [self.line] * (len(value) - len(lines))
        return [
            Table(self.file, entry, "", f"{self.where}[[{key}]] {number}: ", line)
            for number, (entry, line) in enumerate(zip(value, lines, strict=False), 1)
        ]

    def named(self, key: str) -> list["Table"]:
        """Return a list of tables, each with an `id` of its own."""
        found: dict[str, Table] = {}
        for table in self.tables(key):
            name = table.text("id")
            if not _NAME.fullmatch(name):
                table.fail(f"id {name!r} must be made of small letters, digits and single hyphens")
            if name in found:
                table.fail(f"id {name!r} is there twice")
            found[name] = Table(self.file, table.values, "", f"[[{key}]] {name}: ", table.line)
        return list(found.values())

    def only(self, keys: Iterable[str]) -> None:
        """Refuse keys that mean nothing here: most often a slip of the pen."""
        unknown = set(self.values) - set(keys)
        if unknown:
            self.fail(f"{sorted(unknown)[0]!r} means nothing here; known are {', '.join(sorted(keys))}")
