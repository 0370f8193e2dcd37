"""HTTP/1.1 as eventlet reads it, with bounds: no request is told so in few words, nobody is waited for long.

Imported by aio.py alone, when eventlet is.
"""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import eventlet.wsgi

from concurrency_lab.web.patience import CONTENT_LENGTHS, Patience


def protocol(patience: Patience) -> type[Any]:
    """Return eventlet's reader of requests with a limit to how long it waits for one."""
    return type("_Protocol", (_Protocol,), {"patience": patience})


class _Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]
    """One connection."""

    patience: Patience
    served = False

    def _read_request_line(self) -> Any:
        times = self.patience.times
        self.patience.begin(self.connection, times.idle_s if self.served else times.head_s)
        return super()._read_request_line()

    def handle_one_request(self) -> None:
        """Read and answer one request, as far as the client stays for it."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def get_environ(self) -> dict[str, Any]:
        """Return the environment of a request that came in time."""
        if not self.patience.end(self.connection):
            # What was cut off looks like the end of the headers.
            raise TimeoutError
        self.served = True
        lengths = len(self.headers.get_all("Content-Length", ()))
        environ = {**super().get_environ(), "lab.protocol": self, CONTENT_LENGTHS: lengths}
        if "HTTP_SEC_WEBSOCKET_KEY" in environ:
            # eventlet's WebSocket notes there each client that was gone before it.
            environ["wsgi.errors"] = _Nowhere()
        return environ

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, without repeating any of it."""
        status = HTTPStatus(code) if code < HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
        self.close_connection = True
        said = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.wfile.write(said.encode())

    def log_message(self, *_words: object) -> None:
        """Log nothing: whoever sends nonsense would fill the disk."""

    def finish(self) -> None:
        """Let go of the connection."""
        self.patience.end(self.connection)
        super().finish()


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


class Log:
    """Where eventlet's server writes: nothing that a client can cause, but for the mistakes that are ours."""

    def __init__(self, error: Callable[..., None]) -> None:
        self._error = error

    def info(self, message: str, *_values: object) -> None:
        """Take what it says of itself, and the traceback of a request that failed below the application."""
        if message.startswith("Traceback"):
            self._error("A request failed.\n%s", message)

    def error(self, message: str, *_values: object) -> None:
        """Take what it says of what a client sent."""

    def debug(self, message: str, *_values: object) -> None:
        """Take what it says of every connection."""
