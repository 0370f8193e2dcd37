"""WebSockets of eventlet that send what is framed already, in one call.

Imported by aio.py alone, when eventlet is.
"""

from collections.abc import Callable
from typing import Any

from engineio.async_drivers.eventlet import WebSocketWSGI

from concurrency_lab.web.frames import Frames


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
