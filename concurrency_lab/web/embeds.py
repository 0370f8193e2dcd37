"""Pages that other pages may show in a frame, and oEmbed, by which a site asks for the frame's markup.

    /embed/<slug>, /embed/runs/<id>   ?lang theme panels autoplay t height controls
    /oembed                           ?url format maxwidth maxheight

Who may frame them is the guard's to say. A parameter that is not understood counts as not given.
"""

import dataclasses
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, request

from concurrency_lab.web import api, i18n, pages
from concurrency_lab.web.problems import Problem

blueprint = Blueprint("embeds", __name__)

# What a frame can show below or beside its timeline, and what it shows unless told otherwise.
PANELS = ("source", "console", "lanes", "questions", "lesson", "variables", "table")
DEFAULT_PANELS = PANELS[:4]
CONTROLS = ("full", "basic", "none")
_LEAST_PX, _MOST_PX = 160, 2000
WIDTH_PX, HEIGHT_PX = 800, 480
SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads"
_SECONDS = re.compile(r"\d{1,6}(\.\d{1,9})?", re.ASCII)
_OUR_PATHS = re.compile(r"/(?:lessons|embed)/(?P<slug>[\w-]{1,80})|/(?:embed/)?runs/(?P<run>[\w-]{1,64})")
_XML = "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<oembed>{}</oembed>\n"


@dataclasses.dataclass(frozen=True)
class View:
    """What the page around a frame asks it to be."""

    panels: tuple[str, ...]
    autoplay: bool
    t_s: float | None
    height_px: int | None
    controls: str

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "View":
        """Read the parameters of an address."""
        seconds, height = asked.get("t", ""), asked.get("height", "")
        controls = asked.get("controls", "")
        return cls(
            panels=_panels(asked.get("panels")),
            autoplay=asked.get("autoplay") == "1",
            t_s=float(seconds) if _SECONDS.fullmatch(seconds) else None,
            height_px=_within(int(height)) if re.fullmatch(r"\d{1,6}", height, re.ASCII) else None,
            controls=controls if controls in CONTROLS else CONTROLS[0],
        )


def _panels(asked: str | None) -> tuple[str, ...]:
    """Return the panels that a list names, in its order; `none`: the timeline alone."""
    if asked == "none":
        return ()
    names = dict.fromkeys((asked or "").split(","))
    return tuple(name for name in names if name in PANELS) or DEFAULT_PANELS


def _within(px: int) -> int:
    return max(_LEAST_PX, min(_MOST_PX, px))


# -- pages ----------------------------------------------------------------------------------------------


@blueprint.get("/embed/<slug>")
def lesson(slug: str) -> Response:
    """Show a lesson in small, ready to be run."""
    return pages.embedded("lesson", frame_facts(), lesson=api.lesson_json(api.find_lesson(slug)))


@blueprint.get("/embed/runs/<run_id>")
def run(run_id: str) -> Response:
    """Show a run in small, live or recorded."""
    found = api.find_run(run_id)
    known = current_app.extensions["lab.catalogue"].get(found.lesson) if found.lesson else None
    return pages.embedded("run", frame_facts(), run=api.run_json(found), lesson=known and api.lesson_json(known))


def frame_facts() -> dict[str, Any]:
    """Return what a frame's JavaScript has to know: its parameters, and with whom it may speak."""
    view = View.of(request.args)
    return dataclasses.asdict(view) | {"parents": list(current_app.config["EMBED_PARENTS"])}


# -- oEmbed ---------------------------------------------------------------------------------------------


@blueprint.get("/oembed")
def oembed() -> Response:
    """Answer a site that was given the address of one of our pages (https://oembed.com)."""
    form = request.args.get("format", "json")
    if form not in ("json", "xml"):
        raise Problem(501, "oembed-format", format=form[:20])
    facts = _described(request.args.get("url", ""))
    if form == "json":
        return Response(json.dumps(facts, ensure_ascii=False), content_type="application/json")
    tags = (f"<{name}>{html.escape(str(value), quote=False)}</{name}>" for name, value in facts.items())
    return Response(_XML.format("".join(tags)), content_type="text/xml; charset=utf-8")


def _described(url: str) -> dict[str, Any]:
    address = _split(url)
    found = _OUR_PATHS.fullmatch(address.path) if address else None
    if address is None or found is None:
        raise Problem(404, "oembed-url")
    lang = _asked(address.query, "lang", i18n.LANGUAGES)
    if found["run"]:
        known = api.find_run(found["run"])
        lesson_of = current_app.extensions["lab.catalogue"].get(known.lesson) if known.lesson else None
        path, title = (
            f"/embed/runs/{known.id}",
            lesson_of.as_json(lang or "en")["title"] if lesson_of else known.program,
        )
    else:
        shown = api.find_lesson(found["slug"])
        path, title = f"/embed/{shown.slug}", shown.as_json(lang or "en")["title"]
    query = urlencode({name: value for name, value in (("lang", lang), ("theme", _theme(address.query))) if value})
    source = f"{address.scheme}://{address.netloc}{path}" + (f"?{query}" if query else "")
    width, height = _at_most("maxwidth", WIDTH_PX), _at_most("maxheight", HEIGHT_PX)
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Concurrency Lab",
        "provider_url": f"{address.scheme}://{address.netloc}/",
        "cache_age": 3600,
        "width": width,
        "height": height,
        "html": iframe(source, title, width, height),
    }


def iframe(source: str, title: str, width: int, height: int) -> str:
    """Return the markup of a frame. The same is written by static/js/lib/embedding.js; a test holds them together."""
    values = {
        "src": source,
        "title": f"{title} – Concurrency Lab",
        "width": width,
        "height": height,
        "loading": "lazy",
        "sandbox": SANDBOX,
        "allow": "clipboard-write",
        "style": "border:0;max-width:100%",
    }
    return "<iframe " + " ".join(f'{name}="{html.escape(str(value))}"' for name, value in values.items()) + "></iframe>"


def _split(url: str) -> Any:
    """Return an address of this server in its parts; None for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    ours = parts.scheme in ("http", "https") and parts.netloc.lower() == request.host.lower()
    return parts if ours else None


def _theme(query: str) -> str:
    return _asked(query, "theme", i18n.THEMES)


def _asked(query: str, name: str, known: Iterable[str]) -> str:
    found = re.search(rf"(?:^|&){name}=(\w+)", query)
    return found[1] if found and found[1] in known else ""


def _at_most(name: str, default: int) -> int:
    """Return what we would like, unless the site has less room."""
    asked = request.args.get(name, "")
    return min(default, max(_LEAST_PX, int(asked))) if re.fullmatch(r"\d{1,6}", asked, re.ASCII) else default
