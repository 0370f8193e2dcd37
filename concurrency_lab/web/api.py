"""The JSON API. Every error is a Problem; whatever changes something has passed the guard's token check."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from concurrency_lab.lessons.catalogue import Lesson, ParamError, outcomes
from concurrency_lab.store import Run, Store, UnknownRun
from concurrency_lab.supervisor.client import WardenError
from concurrency_lab.trace import codec
from concurrency_lab.web import i18n, playground
from concurrency_lab.web.asking import quota_problem, sender, take_quota
from concurrency_lab.web.problems import Problem, no_run
from concurrency_lab.web.prose import prose_html
from concurrency_lab.web.quotas import QuotaPassed, address_of
from concurrency_lab.web.runner import Program, ServerEnding

blueprint = Blueprint("api", __name__)

_KEPT_OUTCOMES = 500


@blueprint.get("/api/lessons")
def lessons() -> Response:
    """List the lessons in the order of the book."""
    lang = i18n.language_of(request)
    return jsonify([lesson.as_json(lang) for lesson in current_app.extensions["lab.catalogue"].lessons])


@blueprint.get("/api/lessons/<slug>")
def lesson(slug: str) -> Response:
    """Show one lesson."""
    return jsonify(lesson_json(find_lesson(slug)))


@blueprint.post("/api/runs")
def start_run() -> tuple[Response, int, dict[str, str]]:
    """Run {"lesson": slug, "params": {name: value}, "case": one of its variants and tries}, or {"code": text}."""
    body = playground.read_body()
    runner = current_app.extensions["lab.runner"]
    program = None if "code" in body else _lesson_program(body)
    try:
        viewer, address = sender(), address_of(request.environ)
        # First this: what is refused for want of room does not count as asked for.
        runner.check_room(viewer.id, address)
        take_quota("runs", viewer)
        # Code only now: whether it is Python takes a process to find out.
        run = runner.start(program or playground.program_of(body), viewer.id, address)
    except QuotaPassed as passed:
        raise quota_problem(passed) from None
    except ServerEnding:
        raise Problem(503, "server-ending", headers=[("Retry-After", "5")]) from None
    except WardenError:
        raise Problem(503, "no-warden") from None
    answer = brief_json(run)
    return jsonify(answer), 201, {"Location": answer["url"]}


def _lesson_program(body: dict[str, Any]) -> Program:
    slug, raw = body.get("lesson"), body.get("params", {})
    if not isinstance(slug, str) or not isinstance(raw, dict):
        raise Problem(400, "bad-body")
    lesson = find_lesson(slug)
    name = body.get("case", lesson.first.id)
    case = lesson.cases.get(name) if isinstance(name, str) else None
    if case is None:
        raise Problem(422, "no-case", case=str(name)[:40], known=", ".join(lesson.cases))
    try:
        values = lesson.validate(raw, case)
    except ParamError as error:
        raise Problem(422, "bad-params", errors=error.errors) from None
    text = lesson.render(values, case)
    return Program(text, slug, values, case.id, case.wall_seconds, lesson.finds_races, case.step)


@blueprint.get("/api/runs/<run_id>")
def show_run(run_id: str) -> Response:
    """Show one run, without its events."""
    run = find_run(run_id)
    return jsonify(run_json(run) | {"header": current_app.extensions["lab.live"].header(run)})


@blueprint.get("/api/runs/<run_id>/trace")
def trace(run_id: str) -> Response:
    """Give a run's trace, as far as it has come."""
    run = find_run(run_id)
    current_app.extensions["lab.live"].header(run)
    response = Response(current_app.extensions["lab.store"].trace_text(run_id), content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = f'inline; filename="{run.lesson or run.program}-{run.id}.ndjson"'
    return response


@blueprint.get("/api/runs/<run_id>/outcomes")
def run_outcomes(run_id: str) -> Response:
    """Say what a lesson's questions come to in a run that has ended, and where its moments are."""
    run = find_run(run_id)
    if run.state != "ended":
        raise Problem(409, "still-running", id=run_id)
    lesson = current_app.extensions["lab.catalogue"].get(run.lesson) if run.lesson else None
    if run.lesson and lesson is None:
        raise Problem(404, "no-questions", id=run_id)
    kept: dict[str, Any] = current_app.extensions["lab.outcomes"]
    if run_id not in kept:
        # Folding a long trace takes a while, in which everybody else is to be served.
        kept[run_id] = current_app.extensions["lab.aio"].offload(
            _outcomes_of, current_app.extensions["lab.store"], lesson, run
        )
        while len(kept) > _KEPT_OUTCOMES:
            del kept[next(iter(kept))]
    return jsonify(kept[run_id])


def _outcomes_of(store: Store, lesson: Lesson | None, run: Run) -> dict[str, Any]:
    # A long trace's text, as a whole and in lines, would take as much memory as its events.
    header, events = codec.stream(line for text in store.trace_text(run.id) for line in text.split("\n"))
    return outcomes(lesson, header, events)


@blueprint.delete("/api/runs/<run_id>")
def stop_run(run_id: str) -> tuple[Response, int]:
    """Stop a run: 202 while it is ending, 200 when it had ended before."""
    run = find_run(run_id)
    runner = current_app.extensions["lab.runner"]
    if runner.follow(run) is not None and not runner.may_stop(run_id, sender()):
        raise Problem(403, "not-yours")
    stopping = runner.stop(run_id)
    return jsonify(brief_json(run)), 202 if stopping else 200


def find_lesson(slug: str) -> Any:
    """Return a lesson; raise a Problem."""
    found = current_app.extensions["lab.catalogue"].get(slug)
    if found is None:
        raise Problem(404, "no-lesson", slug=slug)
    return found


def lesson_json(lesson: Any) -> dict[str, Any]:
    """Return a lesson as the API and the page show it, its prose as HTML, with the lessons around it."""
    lang = i18n.language_of(request)
    catalogue = current_app.extensions["lab.catalogue"]
    previous, following = catalogue.neighbours(lesson)
    related = [found for slug in lesson.related if (found := catalogue.get(slug))]
    terms = {name: term.short[lang] for name, term in catalogue.glossary.items()}
    shown: dict[str, Any] = lesson.as_json(lang) | {
        "prose_html": prose_html(lesson.prose[lang], terms),
        "previous": _link(previous, lang),
        "next": _link(following, lang),
        "related": [_link(one, lang) for one in related],
    }
    return shown


def _link(lesson: Any, lang: str) -> dict[str, str] | None:
    return None if lesson is None else {"slug": lesson.slug, "title": lesson.title[lang]}


def find_run(run_id: str) -> Run:
    """Return a run; raise a Problem."""
    try:
        run: Run = current_app.extensions["lab.store"].get(run_id)
    except UnknownRun as error:
        raise no_run(error, run_id) from None
    return run


def brief_json(run: Run) -> dict[str, Any]:
    """Return what a run is called and where it is; of one that waits, how many begin before it, too."""
    brief = {"id": run.id, "url": url_for("pages.run", run_id=run.id), "state": run.state}
    feed = current_app.extensions["lab.runner"].follow(run)
    return brief if feed is None or feed.place is None else brief | {"place": feed.place}


def run_json(run: Run) -> dict[str, Any]:
    """Return a run as the API shows it."""
    return brief_json(run) | {
        "name": run.name,
        "lesson": run.lesson,
        "case": (run.header or {}).get("case"),
        "program": run.program,
        "params": run.params,
        "status": run.status,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "events": run.events,
        "format": codec.FORMAT,
    }
