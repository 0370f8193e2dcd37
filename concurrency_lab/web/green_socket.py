"""WebSockets of eventlet that send what is framed already: once for everybody who gets it, and in one call.

Imported by aio.py alone, when eventlet is.
"""

from collections.abc import Callable, Sequence
from typing import Any

from engineio.async_drivers.eventlet import WebSocketWSGI

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


# It has no types: nothing is known of this base.
class FramesSocket(WebSocketWSGI):  # type: ignore[misc]
    """Engine.IO's way to a WebSocket of eventlet, which can be given Frames, too."""

    def __init__(self, handler: Callable[[Any], Any], server: Any) -> None:
        super().__init__(lambda socket: handler(_taking_frames(socket)), server)


def _taking_frames(socket: Any) -> Any:
    send, send_as_it_is = socket.send, socket._send

    def send_message(message: str | bytes, **options: Any) -> None:
        if isinstance(message, Frames):
            send_as_it_is(message)
        else:
            send(message, **options)

    socket.send = send_message
    return socket
