"""Every error that a user can meet: problem details (RFC 9457) for programs, a page for people."""

import errno
import http
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from concurrency_lab.store import RemovedRun, StoreAway, StoreError, UnknownRun
from concurrency_lab.web import i18n, sentences

PROBLEM_TYPE = "application/problem+json"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


class Problem(Exception):
    """An error to be told: a status and a sentence by its key, with what fills it."""

    def __init__(
        self,
        status: int,
        key: str,
        *,
        errors: Sequence[tuple[str, dict[str, str]]] = (),
        headers: Iterable[tuple[str, str]] = (),
        extra: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.errors = errors
        self.headers = list(headers)
        # what programs are told besides
        self.extra = dict(extra or {})
        self.values = values

    def detail(self, lang: str) -> str:
        """Return its sentence."""
        return sentences.say(self.key, lang, **self.values)

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return it as problem details."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": http.HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail(lang),
        }
        if self.errors:
            body["errors"] = [{"name": name, "detail": sentence[lang]} for name, sentence in self.errors]
        return body | self.extra


def no_run(error: UnknownRun, run_id: str) -> Problem:
    """Return what to say where a run is not, or no longer, here."""
    if isinstance(error, RemovedRun):
        return Problem(404, "run-removed", id=run_id, date=error.removed_at[:10])
    return Problem(404, "no-run", id=run_id)


def init_app(app: Flask) -> None:
    """Answer every error of an app."""
    app.register_error_handler(Problem, respond)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(StoreError, _of_store)
    app.register_error_handler(OSError, _of_system)
    app.register_error_handler(Exception, _unexpected)


def respond(problem: Problem) -> Response:
    """Answer with a problem, in the request's language."""
    lang = i18n.language_of(request)
    body = problem.as_json(lang)
    current_app.extensions["lab.metrics"].refused(problem.key, problem.status, request.environ)
    response = _page_of(body) if _wants_page() else None
    if response is None:
        # It may repeat what was sent, and that may hold half a character.
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        response = Response(text, status=problem.status, content_type=PROBLEM_TYPE)
    response.headers.extend(problem.headers)
    return response


def _wants_page() -> bool:
    return request.method in ("GET", "HEAD") and not request.path.startswith(("/api/", "/healthz", "/metrics"))


def _page_of(body: dict[str, Any]) -> Response | None:
    """Return the page that tells a problem; None where that page is itself what is broken."""
    from concurrency_lab.web import pages

    try:
        return pages.error_page(body)
    except Exception:
        current_app.logger.exception("The error page itself failed.")
        return None


def _of_http(error: HTTPException) -> Response:
    if error.code is not None and error.code < 400:
        return current_app.make_response(error.get_response())
    if error.code == http.HTTPStatus.NOT_FOUND:
        return respond(Problem(404, "not-found"))
    if error.code == http.HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        headers = [("Allow", allowed)]
        return respond(Problem(405, "wrong-method", headers=headers, method=request.method, allowed=allowed))
    if error.code == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return respond(Problem(413, "too-large", limit=current_app.config["MAX_CONTENT_LENGTH"]))
    if error.code is not None and error.code < 500:
        return respond(Problem(error.code, "bad-request"))
    return respond(Problem(500, "server-error"))


def _of_store(error: StoreError) -> Response:
    current_app.logger.error("%s", error)
    if isinstance(error, StoreAway):
        return respond(Problem(503, "store-away", headers=[("Retry-After", "5")]))
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno in _NO_DESCRIPTOR:
        return respond(_busy())
    return respond(Problem(507, "disk-full") if "is full" in str(error) else Problem(500, "store-failed"))


def _of_system(error: OSError) -> Response:
    if error.errno not in (*_NO_DESCRIPTOR, *_NO_ROOM):
        return _unexpected(error)
    current_app.logger.error("%s", error.strerror)
    return respond(Problem(507, "disk-full") if error.errno in _NO_ROOM else _busy())


def _busy() -> Problem:
    return Problem(503, "server-busy", headers=[("Retry-After", "5")])


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("A request failed.", exc_info=error)
    return respond(Problem(500, "server-error"))
