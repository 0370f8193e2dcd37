"""For who writes lessons: makes a folder to start from, and says what a lesson still lacks."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from concurrency_lab.lessons.lesson import Lesson
from concurrency_lab.lessons.tables import LANGUAGES

if TYPE_CHECKING:
    from concurrency_lab.lessons.catalogue import Catalogue

# Not a lesson, but what new ones begin as.
TEMPLATE = Path(__file__).resolve().parent / "template"
_LINK = re.compile(r"\]\((moment|try|term|lesson):([^)]*)\)")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PROGRAM_LINES = (10, 40)
_SECTIONS = 5
# About a screen beside the timeline.
_MOST_WORDS = {"en": 460, "zh": 950}
_LEAST = {"questions": 1, "tries": 2, "moments": 2, "points": 2, "checks": 2, "primitives": 1}


class CannotMake(Exception):
    """Why no new lesson was made."""


def new_lesson(base: Path, slug: str, catalogue: "Catalogue") -> Path:
    """Make a folder for a lesson that runs and passes its checks, to be changed into another one."""
    if not _SLUG.fullmatch(slug):
        raise CannotMake(f"{slug!r} is no name for a lesson: take small letters, digits and single hyphens.")
    folder = base / slug
    if folder.exists() or catalogue.get(slug):
        raise CannotMake(f"There is a lesson {slug} already: choose another name.")
    last = max((lesson.order for lesson in catalogue.lessons), default=0)
    texts = {
        file.name: string.Template(file.read_text("utf-8")).safe_substitute(order=last + 1)
        for file in sorted(TEMPLATE.iterdir())
        if file.is_file()
    }
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def shortcomings(lesson: Lesson, catalogue: "Catalogue") -> list[str]:
    """Return a sentence for everything that a lesson lacks."""
    found = [
        f"lesson.toml: {least} {name} at least; there are {len(getattr(lesson, name))}."
        for name, least in _LEAST.items()
        if len(getattr(lesson, name)) < least
    ]
    found += [
        f"lesson.toml: there is no lesson {slug!r} (related)." for slug in lesson.related if not catalogue.get(slug)
    ]
    for program in sorted(lesson.folder.glob("*.py")):
        found += _program_shortcomings(program)
    found += _unused_primitives(lesson)
    linked = {lang: set(_LINK.findall(lesson.prose[lang])) for lang in LANGUAGES}
    for lang in LANGUAGES:
        found += _prose_shortcomings(lesson, lang)
        found += _dead_links(lesson, catalogue, lang, linked[lang])
    return found


def _program_shortcomings(program: Path) -> Iterator[str]:
    source = program.read_text("utf-8")
    lines = sum(bool(line.strip()) for line in source.splitlines())
    if not _PROGRAM_LINES[0] <= lines <= _PROGRAM_LINES[1]:
        yield f"{program.name}: {lines} lines; {_PROGRAM_LINES[0]} to {_PROGRAM_LINES[1]} are to be read at a glance."
    if not ast.get_docstring(ast.parse(source)):
        yield f"{program.name}: has no docstring that says what it does."
    if not source.endswith("\n"):
        yield f"{program.name}: its last line has no end."


def _unused_primitives(lesson: Lesson) -> list[str]:
    sources = "\n".join(case.source for case in lesson.cases.values())
    return [
        f"lesson.toml: {primitive} is among primitives, but no program names {primitive.rpartition('.')[2]}."
        for primitive in lesson.primitives
        if primitive.rpartition(".")[2] not in sources
    ]


def _prose_shortcomings(lesson: Lesson, lang: str) -> Iterator[str]:
    text = lesson.prose[lang]
    sections = len(re.findall(r"^## ", text, re.MULTILINE))
    if sections != _SECTIONS:
        yield f"{lang}.md: {sections} sections (##) instead of {_SECTIONS}: see docs/lessons.md."
    words = len(re.findall(r"[\u4e00-\u9fff]", text)) if lang == "zh" else len(text.split())
    if words > _MOST_WORDS[lang]:
        yield f"{lang}.md: {words} words or characters; {_MOST_WORDS[lang]} fit on a screen."
    if "docs.python.org" not in text:
        yield f"{lang}.md: does not say what the documentation says (a link to docs.python.org)."
    if lang == "en" and re.search(r"[\u4e00-\u9fff，。；：]", text):
        yield "en.md: holds Chinese."


def _dead_links(lesson: Lesson, catalogue: "Catalogue", lang: str, linked: set[tuple[str, str]]) -> Iterator[str]:
    known = {
        "moment": {moment.id for moment in lesson.moments},
        "try": {case.id for case in lesson.tries},
        "term": set(catalogue.glossary),
        "lesson": {other.slug for other in catalogue.lessons},
    }
    for kind, name in sorted(linked):
        if name not in known[kind]:
            yield f"{lang}.md: there is no {kind} {name!r}."
    for kind in ("moment", "try"):
        for name in sorted(known[kind] - {name for found, name in linked if found == kind}):
            yield f"{lang}.md: does not point at the {kind} {name!r}: [text]({kind}:{name})."
