"""Many JSON values at a time, a line each: by orjson where it is installed, else by the standard library.

The only module of this room that looks for a library, and none that a probe imports. Both ways give the same values;
what orjson refuses and the standard library takes (a lone surrogate) goes the slow way. Only a whole number beyond
64 bits orjson reads as a float: codec.py finds that its type is wrong, and reads its line again.
"""

import json
import json.encoder
import math
from collections.abc import Callable
from typing import Any

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

# What separates two objects of an array; inside of an object it stands in texts and in arrays only.
_BETWEEN = b"},{"


def _make_encoder() -> Callable[[dict[str, Any]], str]:
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    # JSONEncoder makes this anew for every value, which takes 3 of the 4.5 us of an event.
    pieces = make(None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, True)
    return lambda value: "".join(pieces(value, 0))


# One value as a line, without its line end.
encode = _make_encoder()


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(word: str) -> float:
    value = float(word)
    return value if math.isfinite(value) else _no_number(word)


# The value of one line. Python by itself takes NaN and Infinity, and 1e999 for the latter; no browser does.
decode: Callable[[str], Any] = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite).decode


def encode_all(values: list[dict[str, Any]]) -> bytes:
    """Return the values as lines, each with its line end."""
    if orjson is not None:
        # As one array it takes a tenth of the time of as many calls.
        try:
            text = orjson.dumps(values)
        except TypeError:
            text = b""
        if text and text.count(_BETWEEN) == len(values) - 1:
            return text[1:-1].replace(_BETWEEN, b"}\n{") + b"\n"
    return "".join([encode(value) + "\n" for value in values]).encode("utf-8", "surrogatepass")


def decode_all(lines: list[str]) -> list[dict[str, Any]] | None:
    """Return the object of every line; None where not every line is one, which one by one they will tell."""
    array = "[" + ",".join(lines) + "]"
    try:
        values = decode(array) if orjson is None else orjson.loads(array)
    except (ValueError, RecursionError):
        return None
    return values if len(values) == len(lines) and set(map(type, values)) == {dict} else None
