"""Which language and theme a request wants, and the words of the page in it."""

import json
from pathlib import Path
from typing import Any

from flask import Request, Response

LANGUAGES = ("en", "zh")
THEMES = ("light", "dark", "projector")
# Pages in somebody else's page: they look as that page asks for, and neither read nor leave a cookie.
FRAMED = "/embed/"
_REMEMBER_S = 365 * 24 * 3600


class Strings:
    """The page's words: one flat file a language, the same keys in each (a test holds them to it)."""

    def __init__(self, folder: Path) -> None:
        self._by_language: dict[str, dict[str, str]] = {
            lang: json.loads((folder / f"{lang}.json").read_text("utf-8")) for lang in LANGUAGES
        }

    def all(self, lang: str) -> dict[str, str]:
        """Return all words of a language."""
        return self._by_language[lang]

    def translate(self, lang: str, key: str, **values: object) -> str:
        """Return one text; a key that is missing is shown as it is, for a page with a hole beats none."""
        text = self._by_language[lang].get(key, key)
        return text.format(**values) if values else text


def language_of(request: Request) -> str:
    """Return the language that was asked for by ?lang=, else earlier, else by the browser."""
    for asked in (request.args.get("lang"), _remembered(request, "lang")):
        if asked in LANGUAGES:
            return asked
    return request.accept_languages.best_match(LANGUAGES, "en")


def theme_of(request: Request) -> str:
    """Return the theme that was asked for by ?theme=, else earlier; "": as the desktop has it."""
    for asked in (request.args.get("theme"), _remembered(request, "theme")):
        if asked in THEMES:
            return asked
    return ""


def _remembered(request: Request, name: str) -> str | None:
    return None if request.path.startswith(FRAMED) else request.cookies.get(f"lab_{name}")


def remember(request: Request, response: Response) -> Response:
    """Keep an explicit choice for the pages that follow."""
    if request.path.startswith(FRAMED):
        return response
    choices: dict[str, Any] = {"lang": LANGUAGES, "theme": THEMES}
    for name, known in choices.items():
        asked = request.args.get(name)
        if asked is not None and asked in known:
            response.set_cookie(f"lab_{name}", asked, max_age=_REMEMBER_S, samesite="Lax", httponly=True)
    return response
