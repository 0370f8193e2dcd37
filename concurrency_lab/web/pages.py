"""The pages. Each is a template with one object, `page`, from which its JavaScript starts."""

import functools
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
    response = _page("error", error=problem)
    response.status_code = problem["status"]
    return response


def _page(kind: str, **parts: Any) -> Response:
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
    response = make_response(render_template(f"{kind}.html", page=page, lang=lang, theme=theme, t=translate))
    # Each page has a token of its own, and may be in another language next time.
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept-Language, Cookie"
    return i18n.remember(request, response)
