"""Messages as a WebSocket carries them, made once for everybody who gets them."""

from collections.abc import Sequence

# RFC 6455, 5.2: a whole message as text or as bytes; a server's are not masked.
_TEXT, _BINARY = 0x81, 0x82
_IN_TWO_BYTES, _IN_EIGHT_BYTES = 126, 127


class Frames(bytes):
    """Messages as a WebSocket carries them."""


def framed(messages: Sequence[str | bytes]) -> Frames:
    """Return the messages with the head of a WebSocket's frame before each."""
    parts = []
    for message in messages:
        data = message.encode() if isinstance(message, str) else message
        parts += [_head(_TEXT if isinstance(message, str) else _BINARY, len(data)), data]
    return Frames(b"".join(parts))


def _head(kind: int, size: int) -> bytes:
    if size < _IN_TWO_BYTES:
        return bytes((kind, size))
    if size < 1 << 16:
        return bytes((kind, _IN_TWO_BYTES)) + size.to_bytes(2, "big")
    return bytes((kind, _IN_EIGHT_BYTES)) + size.to_bytes(8, "big")
