"""The programs that the playground offers to start from: files that begin with a title in English and in Chinese."""

import re
from functools import cache
from pathlib import Path

_TITLES = re.compile(r'"""(?P<en>[^\n]+)\n(?P<zh>[^\n]+)\n')


@cache
def read_examples(folder: Path) -> dict[str, dict[str, str]]:
    """Return {slug: {"en": title, "zh": title, "code": text}} of all programs in a folder, by name."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        code = path.read_text("utf-8")
        titles = _TITLES.match(code)
        if titles is None:
            raise ValueError(f"{path} does not begin with a docstring of two lines: a title in English and in Chinese.")
        found[path.stem.replace("_", "-")] = {**titles.groupdict(), "code": code}
    return found
