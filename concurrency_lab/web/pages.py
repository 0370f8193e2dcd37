"""The pages. Each is a template with one object, `page`, from which its JavaScript starts."""

import dataclasses
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Request, Response, current_app, make_response, redirect, render_template, request

from concurrency_lab.store import UnknownRun
from concurrency_lab.web import api, i18n
from concurrency_lab.web import playground as code_room
from concurrency_lab.web.examples import read_examples
from concurrency_lab.web.problems import Problem, no_run
from concurrency_lab.web.tokens import COOKIE_AGE_S, Tokens, Viewer

blueprint = Blueprint("pages", __name__)

_VIEWER_COOKIE = "lab_viewer"


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
    except UnknownRun as error:
        raise no_run(error, run_id) from None
    known = current_app.extensions["lab.catalogue"].get(found.lesson) if found.lesson else None
    return _page("run", run=api.run_json(found), lesson=api.lesson_json(known) if known else None)


@blueprint.get("/playground")
def playground() -> Response:
    """Show the editor: with what ?lesson=, ?run= or ?example= names, else with what the browser keeps."""
    code_room.require_on()
    lang = i18n.language_of(request)
    if slug := request.args.get("lesson"):
        lesson = api.find_lesson(slug)
        case = lesson.cases.get(request.args.get("case", ""), lesson.first)
        code = lesson.render(lesson.validate({}, case), case)
        return _playground(f"lesson:{slug}:{case.id}", code, lesson.title[lang])
    if run_id := request.args.get("run"):
        source = (api.find_run(run_id).header or {}).get("source", {})
        return _playground(f"run:{run_id}", next(iter(source.values()), ""))
    return _playground("", "")


@blueprint.get("/playground/<snippet_id>")
def shared(snippet_id: str) -> Response:
    """Show a program that somebody shared, in the editor."""
    code_room.require_on()
    return _playground(f"snippet:{snippet_id}", code_room.find_snippet(snippet_id).code)


def _playground(origin: str, code: str, title: str = "") -> Response:
    lang = i18n.language_of(request)
    examples = read_examples(Path(current_app.config["STATIC"]) / "examples")
    listed = [{"slug": slug, "title": one[lang], "code": one["code"]} for slug, one in examples.items()]
    words: i18n.Strings = current_app.extensions["lab.strings"]
    switches = [
        {"name": name, "type": "bool", "default": False, "label": words.translate(lang, f"switch.{name}")}
        for name in code_room.SWITCHES
    ]
    return _page(
        "playground",
        switches=switches,
        playground={
            "origin": origin,
            "code": code,
            "title": title,
            "examples": listed,
            "limit": code_room.MOST_BYTES,
            "nonce": request.environ["lab.nonce"],
        },
    )


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


def viewer_of_cookie(asked: Request) -> Viewer | None:
    """Return whose browser a request comes from; None: it brings no cookie of ours."""
    # In a frame each page is a viewer of its own: it reads no cookie, and leaves none.
    if asked.path.startswith(i18n.FRAMED):
        return None
    viewer: Viewer | None = current_app.extensions["lab.tokens"].of_cookie(asked.cookies.get(_VIEWER_COOKIE))
    return viewer


def viewer_of(asked: Request) -> Viewer:
    """Return whose browser asks for a page: the one of its cookie, or somebody new."""
    tokens: Tokens = current_app.extensions["lab.tokens"]
    return viewer_of_cookie(asked) or tokens.new_viewer()


def _remember_viewer(response: Response, viewer: Viewer) -> None:
    cookie = current_app.extensions["lab.tokens"].cookie(viewer)
    response.set_cookie(
        _VIEWER_COOKIE, cookie, max_age=COOKIE_AGE_S, samesite="Lax", httponly=True, secure=request.is_secure
    )


@blueprint.before_app_request
def become_presenter() -> Response | None:
    """Make whoever brings the presenter's key the presenter; the key does not stay in the address."""
    key = request.args.get("presenter")
    if key is None or request.method != "GET" or request.path.startswith("/api/"):
        return None
    if not current_app.extensions["lab.tokens"].is_presenter_key(key):
        raise Problem(403, "bad-presenter")
    left = [(name, value) for name, value in request.args.items(multi=True) if name != "presenter"]
    response = make_response(redirect("/" + request.path.lstrip("/") + (f"?{urlencode(left)}" if left else ""), 303))
    response.headers["Cache-Control"] = "no-store"
    _remember_viewer(response, viewer_of(request)._replace(is_presenter=True))
    return response


def shown(kind: str, **parts: Any) -> Response:
    """Return a page of another blueprint: templates/<kind>.html, with these parts in its object."""
    return _page(kind, **parts)


def _page(kind: str, template: str = "", **parts: Any) -> Response:
    viewer = viewer_of(request)
    lang, theme = i18n.language_of(request), i18n.theme_of(request)
    strings: i18n.Strings = current_app.extensions["lab.strings"]
    page = {
        "kind": kind,
        "lang": lang,
        "theme": theme,
        "token": current_app.extensions["lab.tokens"].issue(viewer.id, is_presenter=viewer.is_presenter),
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
    if not request.path.startswith(i18n.FRAMED):
        _remember_viewer(response, viewer)
    return i18n.remember(request, response)
