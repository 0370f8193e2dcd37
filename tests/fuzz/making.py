"""Makes bad input from a random number generator: whatever is made is plain data, so it can be printed and shrunk."""

import random
from collections.abc import Callable, Sequence
from typing import Any

ESCAPE, OVERRIDE, NUL, BOM, SURROGATE = "\x1b[2J\x1b[31m", "\u202e", "\0", "\ufeff", "\ud800"
ODD_TEXTS = (
    "",
    " ",
    NUL,
    BOM,
    SURROGATE,
    "\udfff\ud800",
    ESCAPE,
    OVERRIDE,
    "\u2066\u2069",
    "\r\n",
    "\x85",
    "\u2028",
    "\x7f",
    "\x9b31m",
    "e" + "\u0301" * 200,
    "\U0001f469\u200d\U0001f4bb",
    "\ufdd0",
    "\U0010ffff",
    "null",
    "NaN",
    "-0",
    "1e999",
    "1_000",
    "\u0663",
    "\u00b2",
    "0x10",
    "9" * 5000,
    "%s%n",
    "{}",
    "{0.__class__}",
    "../../etc/passwd",
    "..%2f..%2f",
    "<fuzz>",
    "'\"><fuzz>",
    "</script><fuzz>",
    "javascript:alert(1)",
    "__proto__",
    "constructor",
    "$(id)",
    "a" * 300,
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
)
ODD_NUMBERS = (
    0,
    1,
    -1,
    2,
    7,
    255,
    256,
    65535,
    65536,
    2**31 - 1,
    2**31,
    -(2**31),
    2**32,
    2**53,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    2**64,
    10**40,
    10**4000,
    0.0,
    -0.0,
    0.1,
    1.5,
    1e16,
    1e308,
    5e-324,
    float("inf"),
    float("-inf"),
    float("nan"),
)


class Maker:
    """One case's source of choices."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def one_of(self, values: Sequence[Any]) -> Any:
        """Return one of the values."""
        return values[int(self.random.random() * len(values))]

    def any_of(self, *makers: Callable[[], Any]) -> Any:
        """Return what one of the makers makes."""
        return self.one_of(makers)()

    def chance(self, share: float) -> bool:
        """Return True in that share of the cases."""
        return self.random.random() < share

    def below(self, number: int) -> int:
        """Return a number from 0, smaller ones more often."""
        return int(number * self.random.random() ** 2)

    def data(self, most: int = 64) -> bytes:
        """Return random bytes."""
        return self.random.randbytes(self.below(most))

    def text(self, most: int = 40) -> str:
        """Return text of all planes of Unicode, or one that is known to be trouble."""
        if self.chance(0.5):
            return str(self.one_of(ODD_TEXTS))
        planes = (0x80, 0x100, 0x3000, 0x10000, 0x110000)
        return "".join(chr(int(self.random.random() * self.one_of(planes))) for _ in range(self.below(most)))

    def number(self) -> int | float:
        """Return a number at one of the edges, or any."""
        if self.chance(0.6):
            return self.one_of(ODD_NUMBERS)  # type: ignore[no-any-return]
        return self.any_of(lambda: self.random.randrange(-50, 2000), lambda: self.random.uniform(-1e6, 1e6))  # type: ignore[no-any-return]

    def value(self, depth: int = 3) -> Any:
        """Return any JSON value."""
        scalars = (self.text, self.number, lambda: self.one_of((None, True, False)))
        if depth == 0 or self.chance(0.6):
            return self.any_of(*scalars)
        if self.chance(0.5):
            return [self.value(depth - 1) for _ in range(self.below(5))]
        return {self.text(8): self.value(depth - 1) for _ in range(self.below(5))}

    def mutated(self, data: bytes) -> bytes:
        """Return the bytes with some of them changed, cut, doubled or put elsewhere."""
        changed = bytearray(data)
        for _ in range(1 + self.below(4)):
            at = self.below(len(changed) + 1)
            if self.chance(0.5):
                at = len(changed) - at
            size = 1 + self.below(20)
            way = self.below(6)
            if way == 0 and at < len(changed):
                changed[at] = int(self.random.random() * 256)
            elif way == 1:
                del changed[at : at + size]
            elif way == 2:
                changed[at:at] = self.data(20)
            elif way == 3:
                changed[at:at] = changed[at : at + size] * (1 + self.below(50))
            elif way == 4:
                changed[at:at] = self.text(10).encode("utf-8", "surrogatepass")
            else:
                del changed[at:]
        return bytes(changed)
