"""A run as one HTML file that needs no server and no network: the page itself, with the trace packed inside.

The page's own markup, style and modules (static/js/standalone.js); nothing is drawn in another way here.
"""

import base64
import functools
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2

from concurrency_lab.export import columns
from concurrency_lab.export.exporter import About, Exporter, ExportError
from concurrency_lab.export.text import plain
from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "zh")
_BUILD = ROOT / "static/build"
_MARKER = "@@TRACE@@"
# zlib: with the head and tail of gzip, which every browser's DecompressionStream reads.
_GZIP = 31
# What would end a script's element from within.
_ENDS_SCRIPT = ("</script", "<!--")


def _chunks(lines: Iterable[str], about: About) -> Iterator[bytes]:
    header, events = codec.stream(lines)
    strings = {lang: _strings(lang) for lang in LANGUAGES}
    title = {lang: plain(str(about.title.get(lang) or header["program"])) for lang in LANGUAGES}
    head, tail = _page(about.lang, title[about.lang], strings[about.lang]).split(_MARKER)
    yield head.encode()
    first = json.dumps({"header": header, "strings": strings, "title": title}, separators=(",", ":"))
    yield from _packed(first, columns.blocks(events))
    yield tail.encode()


def _packed(first: str, blocks: Iterable[str]) -> Iterator[bytes]:
    """Yield the lines, compressed, as base64."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    rest = packer.compress(first.encode() + b"\n")
    for block in blocks:
        rest += packer.compress(block.encode() + b"\n")
        # Three bytes are four characters: what is left over waits for the next.
        whole = len(rest) // 3 * 3
        yield base64.b64encode(rest[:whole])
        rest = rest[whole:]
    yield base64.b64encode(rest + packer.flush())


def _strings(lang: str) -> dict[str, str]:
    strings: dict[str, str] = json.loads((ROOT / "static/i18n" / f"{lang}.json").read_text("utf-8"))
    return strings


def _page(lang: str, title: str, strings: Mapping[str, str]) -> str:
    script, style = _built("standalone.js"), _built("main.css")
    if any(end in script for end in _ENDS_SCRIPT):
        raise ExportError("static/build/standalone.js cannot stand inside of a page: it has the end of one in it.")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )

    def translate(key: str, **values: Any) -> str:
        text = strings.get(key, key)
        return text.format(**values) if values else text

    return (
        _templates()
        .get_template("standalone.html")
        .render(
            page={"kind": "run", "lang": lang, "lesson": None},
            **{"lang": lang, "theme": "", "t": translate, "standalone": True, "marker": _MARKER},
            **{"title": title, "policy": policy, "style": style, "script": script},
            # What a server has switched on: a file has none.
            config={},
        )
    )


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT / "templates"), autoescape=True)


def _built(name: str) -> str:
    try:
        text = (_BUILD / name).read_text("utf-8")
    except FileNotFoundError:
        raise ExportError("The page is not built yet. Run `make install` once, then try again.") from None
    # The map of the sources is in a file of its own, which nobody has who has this one file.
    return "".join(line for line in text.splitlines(keepends=True) if "# sourceMappingURL=" not in line).strip()


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


EXPORTER = Exporter("html", ".html", "text/html; charset=utf-8", _chunks)
