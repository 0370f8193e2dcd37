"""Runs as files of other formats, made while they are sent."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request

from concurrency_lab.export import EXPORTS, About, ExportError
from concurrency_lab.export.naming import file_name
from concurrency_lab.store import Run
from concurrency_lab.trace.codec import TraceError
from concurrency_lab.web import api, i18n
from concurrency_lab.web.problems import Problem

blueprint = Blueprint("exports", __name__)


@blueprint.get("/api/runs/<run_id>/export/<name>")
def export(run_id: str, name: str) -> Response:
    """Give a run in another format, as far as it has come."""
    run = api.find_run(run_id)
    exporter = EXPORTS.get(name)
    if exporter is None or not exporter.is_served:
        known = ", ".join(exporter.name for exporter in EXPORTS.values() if exporter.is_served)
        raise Problem(404, "no-export", name=name[:40], known=known)
    current_app.extensions["lab.live"].header(run)
    about = _about(run)
    way = current_app.extensions["lab.aio"]
    chunks = exporter.chunks(_lines(current_app.extensions["lab.store"].trace_text(run_id), way), about)
    try:
        # What cannot be made shows at the first piece: later an answer cannot become another one.
        first = next(chunks)
    except (ExportError, TraceError) as error:
        raise Problem(503, "no-export-now", text=str(error)) from None
    response = Response(_kindly(first, chunks, way), content_type=exporter.media_type)
    response.headers["Content-Disposition"] = _attachment(file_name(about, run.program, run.id, exporter))
    response.headers["Cache-Control"] = "no-store"
    return response


def _about(run: Run) -> About:
    lesson = current_app.extensions["lab.catalogue"].get(run.lesson) if run.lesson else None
    return About(dict(lesson.title) if lesson else {}, i18n.language_of(request))


def _attachment(name: str) -> str:
    """Return the header that says how to call the file; a header holds no Chinese, so it is said twice (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "", name).lstrip("-")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _lines(texts: Iterator[str], way: Any) -> Iterator[str]:
    """Yield a run's lines; between its pages, others have their turn."""
    for text in texts:
        way.sleep(0)
        # Not splitlines(): what a program prints may hold other line ends, which JSON lets stand.
        yield from text.rstrip("\n").split("\n")


def _kindly(first: bytes, rest: Iterator[bytes], way: Any) -> Iterator[bytes]:
    yield first
    for chunk in rest:
        way.sleep(0)
        yield chunk
