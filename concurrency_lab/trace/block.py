"""Many lines of a trace as one text, which is taken apart only when somebody looks at a line."""

from collections.abc import Sequence
from typing import overload


class Block(Sequence[str]):
    """Lines, `text` being all of them with a line end between two (no line is empty)."""

    def __init__(self, text: str, count: int) -> None:
        self.text = text
        self._count = count
        self._lines: list[str] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[index]

    @property
    def last(self) -> str:
        """The last line."""
        return self.text[self.text.rfind("\n") + 1 :]


def joined(lines: Sequence[str]) -> str:
    """Return lines as one text."""
    return lines.text if isinstance(lines, Block) else "\n".join(lines)
