"""The fixed record that probes write into segments, and how it becomes an event.

A segment is a file of 40-byte slots. A record fills one slot; its text, if it has any, fills the
slots behind it. `kind` is written last and is the commit mark: 0 = not written yet.

    ts_ns u64 | ident u64 | obj u64 | arg i64 | line u32 | file u16 | kind u16

With text, `kind` has bit 15 set and the text's first slot begins with its length (u16).
"""

import contextlib
import functools
import math
import struct
from typing import Any, NamedTuple

from concurrency_lab.trace import constants, kinds, states

SLOT_BYTES = constants.SLOT_BYTES
RECORD = struct.Struct(constants.RECORD_FORMAT)
TEXT_LENGTH = struct.Struct("<H")
Raw = tuple[int, int, int, int, int, int, int]

_MOST_WHOLE = 1 << 63
_BOOLS = {"1": True, "0": False}


@functools.lru_cache(1 << 14)
def object_id(obj: int) -> str:
    """Name a packed object id on the wire: `pid.n`, or `pid` for a process itself."""
    pid, n = obj >> 32, obj & 0xFFFFFFFF
    return f"{pid}.{n}" if n else str(pid)


def slots_for_text(length: int) -> int:
    """Return how many slots a text of this many bytes takes behind its record."""
    return -(-(length + TEXT_LENGTH.size) // SLOT_BYTES)


def text_length(data: bytes, at: int) -> int:
    """Return the byte length of the text that begins at `at`; 0 where the data ends before it."""
    if at + TEXT_LENGTH.size > len(data):
        return 0
    (size,) = TEXT_LENGTH.unpack_from(data, at)
    return int(size)


class Decoder(NamedTuple):
    """How one kind's own fields lie in a record: worked out once, as there may be a million records."""

    name: str
    # the field that `arg` holds; "" for none
    arg: str
    arg_is_bool: bool
    arg_is_reason: bool
    text_fields: tuple[kinds.Field, ...]
    # what an event of this kind must have: a record that lacks it was written by no probe
    needed: frozenset[str]


def _decoder(kind: kinds.Kind) -> Decoder:
    needed = {field.name for field in kind.fields if not field.optional}
    if kind.name in kinds.NEED_OBJ:
        needed.add("obj")
    is_reason = kind.arg == "reason+timeout"
    is_bool = any(field.name == kind.arg and field.type == "bool" for field in kind.fields)
    return Decoder(kind.name, "" if is_reason else kind.arg, is_bool, is_reason, kind.text_fields, frozenset(needed))


DECODERS = {kind.number: _decoder(kind) for kind in kinds.KINDS if kind.name not in kinds.NEVER_BY_PROBES}


def add_reason(event: dict[str, Any], arg: int) -> None:
    """Add why a lane is blocked, and for how long at most."""
    reason = arg & 0xFF
    if reason < len(states.REASON_NAMES):
        event["reason"] = states.REASON_NAMES[reason]
    if arg >> 8:
        event["timeout_s"] = ((arg >> 8) - 1) / 1e6


def add_text(event: dict[str, Any], fields: tuple[kinds.Field, ...], text: str) -> None:
    """Add the fields that travel as text, but for one that is not what it must be."""
    for field, value in zip(fields, text.split("\0"), strict=False):
        if value or not field.optional:
            with contextlib.suppress(ValueError):
                event[field.name] = _parse(field.type, value)


def unpack(kind: kinds.Kind, arg: int, text: str | None) -> dict[str, Any]:
    """Return the kind's own fields; a `tid` field still holds the thread's ident, as only the reader knows more."""
    decoder = DECODERS[kind.number]
    fields: dict[str, Any] = {}
    if decoder.arg_is_reason:
        add_reason(fields, arg)
    elif decoder.arg:
        fields[decoder.arg] = bool(arg) if decoder.arg_is_bool else arg
    if text is not None:
        add_text(fields, decoder.text_fields, text)
    return fields


def _parse(type_name: str, value: str) -> Any:
    if type_name == "str":
        return value
    if type_name == "bool":
        return _BOOLS.get(value, False)
    if type_name == "float":
        number = float(value or 0)
        if not math.isfinite(number):
            raise ValueError("no number that JSON knows")
        return number
    whole = int(value or 0)
    if abs(whole) >= _MOST_WHOLE:
        raise ValueError("more than any reader takes")
    return whole
