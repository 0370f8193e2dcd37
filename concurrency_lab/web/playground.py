"""Code of one's own: what may be run and shared, and the links to it. Everything here is a stranger's text."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, url_for

from concurrency_lab.store import UnknownSnippet
from concurrency_lab.store.snippets import Snippet
from concurrency_lab.web import i18n, sentences
from concurrency_lab.web.asking import quota_problem, sender, take_quota
from concurrency_lab.web.problems import Problem
from concurrency_lab.web.quotas import QuotaPassed
from concurrency_lab.web.runner import Program
from concurrency_lab.web.syntax import Mistake
from concurrency_lab.web.syntax_words import in_chinese

blueprint = Blueprint("playground", __name__)

# Of UTF-8; as much as any lesson by far.
MOST_BYTES = 64 * 1024
# What the server must read for that: in JSON one byte can be written as six, a backslash, a u and four digits.
MOST_BODY_BYTES = 6 * MOST_BYTES + 4096
SWITCHES = ("races", "step")
_BOM = "\ufeff"


@blueprint.post("/api/snippets")
def share() -> tuple[Response, int, dict[str, str]]:
    """Keep a program for whoever has the link to it."""
    require_on()
    code = code_of(read_body())
    try:
        take_quota("snippets", sender())
    except QuotaPassed as passed:
        raise quota_problem(passed) from None
    snippet = current_app.extensions["lab.store"].snippets.share(code)
    answer = {"id": snippet.id, "url": url_for("pages.shared", snippet_id=snippet.id)}
    return jsonify(answer), 201, {"Location": answer["url"]}


@blueprint.get("/api/snippets/<snippet_id>")
def show(snippet_id: str) -> Response:
    """Show a program that was shared."""
    require_on()
    return jsonify(find_snippet(snippet_id)._asdict())


def find_snippet(snippet_id: str) -> Snippet:
    """Return a program that was shared; raise a Problem."""
    try:
        snippet: Snippet = current_app.extensions["lab.store"].snippets.get(snippet_id)
    except UnknownSnippet:
        raise Problem(404, "no-snippet", id=snippet_id) from None
    return snippet


def require_on() -> None:
    """Raise a Problem where nobody may run code of their own."""
    if not current_app.config["PLAYGROUND"]:
        raise Problem(403, "playground-off")


def read_body() -> dict[str, Any]:
    """Return the object that a request sends as JSON; raise a Problem."""
    data = request.get_data()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "not-utf8") from None
    try:
        body = request.get_json(force=True, silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise Problem(400, "bad-body")
    return body


def program_of(body: dict[str, Any]) -> Program:
    """Return the program that {"code": text, "races": bool, "step": bool} asks for, known to be Python."""
    require_on()
    code = code_of(body)
    switches = {name: body.get(name, False) for name in SWITCHES}
    if not all(isinstance(value, bool) for value in switches.values()):
        raise Problem(400, "bad-code-body")
    _require_syntax(code)
    return Program(code, None, {}, jail=True, **switches)


def code_of(body: dict[str, Any]) -> str:
    """Return the code of a request: text that can be written to a file, not too long, and not nothing."""
    code = body.get("code")
    if not isinstance(code, str):
        raise Problem(400, "bad-code-body")
    # Some editors put it in front of every file; columns are counted without.
    code = code.removeprefix(_BOM)
    if not code.strip():
        raise Problem(422, "code-empty")
    _require_text(code)
    size = len(code.encode())
    if size > MOST_BYTES:
        raise Problem(413, "code-too-large", size=size, limit=MOST_BYTES)
    return code


def _require_text(code: str) -> None:
    for key, at in (("code-nul", code.find("\0")), ("code-surrogate", _lone_surrogate(code))):
        if at >= 0:
            line, column = _place(code, at)
            raise _mistaken(key, (line, column, line, column + 1), {})


def _lone_surrogate(code: str) -> int:
    try:
        code.encode()
    except UnicodeEncodeError as error:
        return error.start
    return -1


def _place(code: str, at: int) -> tuple[int, int]:
    """Return line and column of a character, each from 1."""
    return code.count("\n", 0, at) + 1, at - code.rfind("\n", 0, at)


def _require_syntax(code: str) -> None:
    verdict = current_app.extensions["lab.syntax"].check(code)
    if verdict is None:
        return
    if not isinstance(verdict, Mistake):
        raise Problem(422, "code-beyond-python", python=verdict.python, extra={"python": verdict.python})
    place = (verdict.line, verdict.column, verdict.end_line, verdict.end_column)
    said = {"python": verdict.python, "said": verdict.said}
    raise _mistaken("bad-syntax", place, {**said, "meant": in_chinese(verdict.said)}, **said)


def _mistaken(key: str, place: tuple[int, int, int, int], values: dict[str, str], **told: str) -> Problem:
    """Return a problem with its place, and its sentence in each language: the page may change its language later."""
    line, column, end_line, end_column = place
    values = {"line": str(line), "column": str(column), **values}
    words = {lang: sentences.say(key, lang, **values) for lang in i18n.LANGUAGES}
    extra = {"line": line, "column": column, "end_line": end_line, "end_column": end_column, "words": words, **told}
    return Problem(422, key, extra=extra, **values)  # type: ignore[arg-type]
