"""A lesson's Markdown as HTML."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

# Raw HTML stays text: a lesson may come from somebody else.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_CHINESE = re.compile(r"[\u2014\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def prose_html(markdown: str) -> str:
    """Return a lesson's prose as HTML."""
    return str(_markdown.render(markdown))


def _join_chinese_lines(state: StateCore) -> None:
    """Take a line end between two Chinese characters for nothing: in Chinese it would show as a stray space."""
    for block in state.tokens:
        children = block.children or []
        for before, between, after in zip(children, children[1:], children[2:], strict=False):
            if (
                between.type == "softbreak"
                and _CHINESE.match(before.content[-1:])
                and _CHINESE.match(after.content[:1])
            ):
                between.type, between.tag, between.content = "text", "", ""


_markdown.core.ruler.push("chinese_lines", _join_chinese_lines)
