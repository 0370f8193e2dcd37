"""The pages. Each is a template with one object, `page`, from which its JavaScript starts."""

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request

from concurrency_lab.store import UnknownRun
from concurrency_lab.web import api, i18n
from concurrency_lab.web.problems import Problem

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def catalogue() -> Response:
    """List the lessons."""
    lang = i18n.language_of(request)
    lessons = [lesson.as_json(lang) for lesson in current_app.extensions["lab.catalogue"].lessons]
    return _page("catalogue", lessons=lessons)


@blueprint.get("/lessons/<slug>")
def lesson(slug: str) -> Response:
    """Show a lesson, ready to be run."""
    return _page("lesson", lesson=api.lesson_json(api.find_lesson(slug)))


@blueprint.get("/lessons/<slug>/sheet")
def sheet(slug: str) -> Response:
    """Show what a teacher prints: the program, talking points, questions with their answers."""
    return _page("sheet", lesson=api.lesson_json(api.find_lesson(slug)))


@blueprint.get("/glossary")
def glossary() -> Response:
    """Explain the words of the field."""
    known = current_app.extensions["lab.catalogue"]
    terms = [dataclasses.asdict(term) | {"lessons": _titled(known, term.lessons)} for term in known.glossary.values()]
    return _page("glossary", terms=terms)


@blueprint.get("/primitives")
def primitives() -> Response:
    """List what the lessons are about, by the names of Python's documentation."""
    known = current_app.extensions["lab.catalogue"]
    found = [(name, [lesson.slug for lesson in known.about(name)]) for name in known.primitives]
    return _page("primitives", primitives=[{"name": name, "lessons": _titled(known, slugs)} for name, slugs in found])


@blueprint.get("/primitives/<name>")
def primitive(name: str) -> Response:
    """List the lessons about one primitive."""
    known = current_app.extensions["lab.catalogue"]
    lang = i18n.language_of(request)
    lessons = [lesson.as_json(lang) for lesson in known.about(name)]
    if not lessons:
        raise Problem(404, "no-primitive", name=name)
    return _page("primitive", primitive=name, lessons=lessons)


def _titled(known: Any, slugs: Iterable[str]) -> list[dict[str, str]]:
    """Return links to those of these lessons that there are."""
    lang = i18n.language_of(request)
    return [{"slug": slug, "title": found.title[lang]} for slug in slugs if (found := known.get(slug))]


@blueprint.get("/runs/<run_id>")
def run(run_id: str) -> Response:
    """Show a run, live or recorded."""
    try:
        found = current_app.extensions["lab.store"].get(run_id)
    except UnknownRun:
        raise Problem(404, "no-run", id=run_id) from None
    known = current_app.extensions["lab.catalogue"].get(found.lesson) if found.lesson else None
    return _page("run", run=api.run_json(found), lesson=api.lesson_json(known) if known else None)


def error_page(problem: dict[str, Any]) -> Response:
    """Show what is wrong, and the way back."""
    # In a frame there is no way back to anywhere; what has been said is told to the page around it.
    if request.path.startswith(i18n.FRAMED):
        from concurrency_lab.web import embeds

        response = _page("error", error=problem, embed=embeds.frame_facts())
    else:
        response = _page("error", error=problem)
    response.status_code = problem["status"]
    return response


def embedded(kind: str, embed: dict[str, Any], **parts: Any) -> Response:
    """Show a lesson or a run in small, for a frame in somebody's page."""
    return _page(kind, "embed.html", embed=embed, **parts)


def _page(kind: str, template: str = "", **parts: Any) -> Response:
    lang, theme = i18n.language_of(request), i18n.theme_of(request)
    strings: i18n.Strings = current_app.extensions["lab.strings"]
    page = {
        "kind": kind,
        "lang": lang,
        "theme": theme,
        "token": current_app.extensions["lab.tokens"].issue(),
        "strings": strings.all(lang),
        **parts,
    }
    translate = functools.partial(strings.translate, lang)
    response = make_response(
        render_template(template or f"{kind}.html", page=page, lang=lang, theme=theme, t=translate)
    )
    # Each page has a token of its own, and may be in another language next time.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return i18n.remember(request, response)
