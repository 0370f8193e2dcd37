"""A lesson's Markdown as HTML. Links of our own become buttons: moment:ID, try:ID, term:ID, lesson:SLUG."""

import re
from collections.abc import Iterator, Mapping

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# Raw HTML stays text: a lesson may come from somebody else.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_CHINESE = re.compile(r"[\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
# The comma or full stop that brings its own room along, whatever stands beside it.
_FULL_WIDTH_MARK = re.compile(r"[\u3001-\u303f\uff01-\uff60]")
_OURS = re.compile(r"(moment|try|term|lesson):([a-z0-9-]+)")
_CLOSING = re.compile(r"[.,;:!?)\u2019\u201d\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f]+")


def prose_html(markdown: str, terms: Mapping[str, str] | None = None) -> str:
    """Return a lesson's prose as HTML; `terms`: what the words of the glossary mean, to be shown on hover."""
    return str(_markdown.render(markdown, {"terms": terms or {}}))


def _our_links(state: StateCore) -> None:
    """Turn links of our own into what the page acts upon."""
    for block in state.tokens:
        ours: list[bool] = []
        for token in block.children or []:
            if token.type == "link_open":
                match = _OURS.fullmatch(str(token.attrGet("href") or ""))
                ours.append(match is not None and _replace(token, match[1], match[2], state.env.get("terms", {})))
            elif token.type == "link_close" and ours.pop():
                token.tag = "button"


def _keep_marks(state: StateCore) -> None:
    """Put a button and the mark after it into one box: a browser would begin a line with the mark."""
    for block in state.tokens:
        if block.children:
            block.children = list(_kept(block.children))


def _kept(tokens: list[Token]) -> Iterator[Token]:
    at = 0
    while at < len(tokens):
        end = next((i for i in range(at, len(tokens)) if tokens[i].type == "link_close"), at)
        after = tokens[end + 1] if end + 1 < len(tokens) else None
        marks = _CLOSING.match(after.content) if after and after.type == "text" else None
        if tokens[at].tag == "button" and after and marks:
            yield Token("kept_open", "span", 1, attrs={"class": "kept"})
            yield from tokens[at : end + 1]
            yield Token("text", "", 0, content=marks[0])
            yield Token("kept_close", "span", -1)
            after.content = after.content[marks.end() :]
            at = end + 1
        else:
            yield tokens[at]
            at += 1


def _replace(token: Token, kind: str, name: str, terms: Mapping[str, str]) -> bool:
    """Change a link's opening tag; return whether it is a button now."""
    if kind == "lesson":
        token.attrs = {"href": f"/lessons/{name}"}
        return False
    if kind == "term":
        token.attrs = {"class": "term", "href": f"/glossary#{name}", "data-term": name}
        if name in terms:
            token.attrSet("title", terms[name])
        return False
    token.tag = "button"
    token.attrs = {"type": "button", "class": kind, f"data-{kind}": name}
    return True


def _join_chinese_lines(state: StateCore) -> None:
    """Take a line end for nothing where Chinese meets Chinese, or a full-width mark: it would show as a stray space."""
    for block in state.tokens:
        children = block.children or []
        for at, token in enumerate(children):
            if token.type != "softbreak":
                continue
            # Tags have no content: what counts is the text inside of them.
            before = "".join(child.content for child in children[:at])[-1:]
            after = "".join(child.content for child in children[at + 1 :])[:1]
            is_chinese = _CHINESE.match(before) and _CHINESE.match(after)
            if is_chinese or _FULL_WIDTH_MARK.match(before) or _FULL_WIDTH_MARK.match(after):
                token.type, token.tag, token.content = "text", "", ""


_markdown.core.ruler.push("chinese_lines", _join_chinese_lines)
_markdown.core.ruler.push("our_links", _our_links)
_markdown.core.ruler.push("keep_marks", _keep_marks)
