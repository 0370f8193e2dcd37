"""A program's own strings, made safe for whoever reads them elsewhere."""

import re

# What no file of text should hold: control characters, odd line ends, halves of a character (lone surrogates), and
# marks that turn the direction of writing around, so that a name reads as another one.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# A spreadsheet takes a cell that begins so for a formula, and runs it; the last four are those signs in full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain(text: str) -> str:
    """Return the text with everything unfit written out: `\\u202e` instead of the mark itself."""
    return _UNFIT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(text: str) -> str:
    """Return the text as a spreadsheet's cell that is nothing but text."""
    shown = plain(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) else shown
