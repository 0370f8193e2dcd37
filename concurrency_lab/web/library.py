"""The library of runs: its page, its part of the API, and who may see and change which run.

On a lab of one's own (setting OWN_LAB) all runs are one's own; else those that this viewer started.
"""

import logging
import re
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from concurrency_lab.store import Library, Run, StoreError, UnknownRun, Wanted, Word
from concurrency_lab.web import api, i18n, log, pages
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.asking import sender
from concurrency_lab.web.guard import TOKEN_HEADER
from concurrency_lab.web.problems import Problem

blueprint = Blueprint("library", __name__)

_PER_PAGE = 50
_MOST_PER_PAGE = 200
_LONGEST_NAME = 80
_LONGEST_QUERY = 200
# Beyond, what is typed is no search.
_MOST_WORDS = 8
_NAMED = "finding.name_"
_ENDS = ("queued", "running", "finished", "stopped", "limited", "interrupted", "failed")
# A name is one line, and does not turn the text around it.
_UNFIT = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
# Runs that ended just now are on the list within moments.
_LOOK_S = 0.5
_AFTER_TROUBLE_S = 10.0
_AT_ONCE = 50

_log = logging.getLogger("concurrency_lab")


class ReadsEnded:
    """Has the trace of every run that has ended read once, one after the other, whoever led the run."""

    def __init__(self, library: Library, aio: Aio) -> None:
        self._library = library
        self._aio = aio
        self._is_ending = False

    def start(self) -> None:
        """Begin; it ends with the process."""
        self._aio.spawn(self._look)

    def end(self) -> None:
        """Read no more: what is being read just now meets a store that is closed, which is nothing to tell."""
        self._is_ending = True

    def _look(self) -> None:
        while not self._is_ending:
            try:
                for run_id in self._library.unread(_AT_ONCE):
                    self._read(run_id)
                self._aio.sleep(_LOOK_S)
            except StoreError as error:
                if self._is_ending:
                    return
                _log.error("%s", error)
                self._aio.sleep(_AFTER_TROUBLE_S)

    def _read(self, run_id: str) -> None:
        try:
            self._aio.offload(self._library.read, run_id)
        except UnknownRun:
            # Removed just now; what is left of it is not to be read.
            self._library.give_up(run_id)
        except StoreError:
            raise
        except Exception:
            if self._is_ending:
                return
            # Whatever is in a trace, the others are to be read.
            _log.exception("The findings of the run %s could not be read.", run_id)
            self._library.give_up(run_id)


# -- what is listed ------------------------------------------------------------------------------------


@blueprint.get("/runs")
def page() -> Response:
    """List one's own runs."""
    return pages.shown("library", list=_listed(pages.viewer_of(request).id), own_lab=_is_own_lab())


@blueprint.get("/open")
def open_file() -> Response:
    """Show a trace file: the page reads it in the browser, and the server never sees it."""
    return pages.shown("file", lesson=None)


@blueprint.get("/api/runs")
def runs() -> Response:
    """List one's own runs, newest first: ?q=words&lesson=slug (-: none)&kept=1&page=2&per_page=50."""
    return jsonify(_listed(None if _is_own_lab() else _asking()))


def _is_own_lab() -> bool:
    return bool(current_app.config["OWN_LAB"])


def _asking() -> str:
    """Return the viewer who asks: of the token, as pages send it, or of the browser's cookie."""
    if request.headers.get(TOKEN_HEADER) is None:
        viewer = pages.viewer_of_cookie(request)
        if viewer is not None:
            return viewer.id
    return sender().id


def _listed(owner: str | None) -> dict[str, Any]:
    """Return what the page shows of the runs that the request asks for."""
    lang = i18n.language_of(request)
    per_page = min(max(1, request.args.get("per_page", _PER_PAGE, type=int)), _MOST_PER_PAGE)
    number = min(max(1, request.args.get("page", 1, type=int)), 1_000_000)
    slug = request.args.get("lesson", "")
    wanted = Wanted(
        owner=None if _is_own_lab() else owner,
        words=_words(request.args.get("q", "")),
        lesson={"": None, "-": ""}.get(slug, slug),
        kept=request.args.get("kept") == "1",
        offset=(number - 1) * per_page,
        limit=per_page,
    )
    found = current_app.extensions["lab.library"].find(wanted)
    lessons = [{"slug": slug, "title": _title(slug, lang), "runs": count} for slug, count in found.lessons.items()]
    return {
        "runs": [_row(run, lang) for run in found.runs],
        "found": found.found,
        "total": found.total,
        "lessons": sorted(lessons, key=lambda lesson: (not lesson["slug"], lesson["title"])),
        "page": number,
        "per_page": per_page,
    }


def _words(typed: str) -> list[Word]:
    """Return what was typed, each word with all that the page calls so."""
    return [_word(text) for text in typed.lower()[:_LONGEST_QUERY].split()[:_MOST_WORDS]]


def _word(text: str) -> Word:
    known: i18n.Strings = current_app.extensions["lab.strings"]
    tables = [known.all(lang) for lang in i18n.LANGUAGES]

    def is_in(*names: str) -> bool:
        return any(text in name.lower() for name in names)

    lessons = current_app.extensions["lab.catalogue"].lessons
    codes = {key: key.removeprefix(_NAMED).replace("_", "-") for key in tables[0] if key.startswith(_NAMED)}
    return Word(
        text,
        lessons=tuple(lesson.slug for lesson in lessons if is_in(lesson.slug, *lesson.title.values())),
        codes=tuple(code for key, code in codes.items() if is_in(code, *(table[key] for table in tables))),
        ends=tuple(end for end in _ENDS if is_in(*(table[f"library.end_{end}"] for table in tables))),
    )


def _row(run: Run, lang: str) -> dict[str, Any]:
    summary = run.summary or {}
    lesson = current_app.extensions["lab.catalogue"].get(run.lesson) if run.lesson else None
    case = lesson.cases.get(summary.get("case")) if lesson else None
    return api.brief_json(run) | {
        "name": run.name,
        "lesson": run.lesson,
        "title": _title(run.lesson or "", lang) or None,
        # Of a lesson's several programs, which; the first goes by the lesson's own title.
        "case": case.title[lang] if lesson and case and case.id != lesson.first.id else None,
        "program": run.program,
        "status": run.status,
        "started_at": run.started_at,
        "duration_ns": run.last_ts_ns,
        "events": run.events,
        "kept": run.kept,
        # the trace file that it is shown from, on the disk of whoever has called `replay`
        "file": current_app.extensions["lab.library"].file_of(run.id),
        "end": summary.get("end", {}),
        "limited": summary.get("limited"),
        # null: not read yet
        "findings": None if run.summary is None else summary["findings"],
    }


def _title(slug: str, lang: str) -> str:
    """Return a lesson's title; of one that is not here any more, its slug."""
    lesson = current_app.extensions["lab.catalogue"].get(slug) if slug else None
    return lesson.title[lang] if lesson else slug


# -- what is changed -----------------------------------------------------------------------------------


@blueprint.patch("/api/runs/<run_id>")
def change(run_id: str) -> Response:
    """Rename a run, or mark it as kept: {"name": text or null, "kept": true or false}."""
    run = _own_run(run_id)
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or not body.keys() <= {"name", "kept"} or not body:
        raise Problem(400, "bad-change", longest=_LONGEST_NAME)
    name, kept = body.get("name"), body.get("kept", run.kept)
    if not (name is None or isinstance(name, str)) or not isinstance(kept, bool):
        raise Problem(400, "bad-change", longest=_LONGEST_NAME)
    name = _UNFIT.sub(" ", name or "").strip()
    if len(name) > _LONGEST_NAME:
        raise Problem(422, "long-name", longest=_LONGEST_NAME)
    if kept and not run.kept:
        _check_room_to_keep(run)
    if "name" in body:
        current_app.extensions["lab.library"].rename(run_id, name or None)
    if "kept" in body:
        current_app.extensions["lab.store"].keep(run_id, kept)
    changed = api.find_run(run_id)
    return jsonify(api.brief_json(changed) | {"name": changed.name, "kept": changed.kept})


def _check_room_to_keep(run: Run) -> None:
    """On a lab for many, nobody fills the disk with what is never removed."""
    if _is_own_lab():
        return
    library: Library = current_app.extensions["lab.library"]
    mine, everybody = current_app.config["MAX_KEPT_PER_VIEWER"], current_app.config["MAX_KEPT"]
    if library.kept(run.owner or "") >= mine:
        raise Problem(409, "kept-enough", most=mine)
    if library.kept() >= everybody:
        raise Problem(409, "kept-in-all", most=everybody)


@blueprint.delete("/api/runs/<run_id>/record")
def remove(run_id: str) -> tuple[str, int]:
    """Remove a run that has ended, for good."""
    run = _own_run(run_id)
    if run.state != "ended":
        raise Problem(409, "remove-going", id=run_id)
    current_app.extensions["lab.library"].remove(run_id)
    current_app.extensions["lab.outcomes"].pop(run_id, None)
    log.event("run.deleted", run=run_id)
    return "", 204


def _own_run(run_id: str) -> Run:
    """Return a run that the sender may change; raise a Problem."""
    run = api.find_run(run_id)
    asking = sender()
    if not (_is_own_lab() or asking.is_presenter or asking.id == run.owner):
        raise Problem(403, "not-yours-to-change")
    file = current_app.extensions["lab.library"].file_of(run_id)
    if file is not None:
        raise Problem(409, "run-is-file", file=file)
    return run
