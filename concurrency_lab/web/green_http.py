"""HTTP/1.1 as eventlet reads it, with bounds: no request is told so in few words, nobody is waited for long.

Imported by aio.py alone, when eventlet is.
"""

import io
from http import HTTPStatus
from typing import Any

import eventlet
import eventlet.wsgi

# A request must be here, header and body, within this time: also from somebody who sends a byte a second.
REQUEST_S = 20.0
# A connection may be idle for so long between two requests; a page's next one opens another.
IDLE_S = 60
# More than the application takes, so that it can say how much that is; what is larger is not read at all.
_MOST_BODY_BYTES = 1 << 20


class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]
    """One connection."""

    def handle_one_request(self) -> None:
        """Read and answer one request, as far as the client stays for it."""
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read a request, header and body; False: it was answered, or its time is over."""
        self._body = b""
        with eventlet.Timeout(REQUEST_S, False):
            return bool(super().parse_request()) and self._read_body()
        self.close_connection = True
        return False

    def _read_body(self) -> bool:
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers:
            # Chunks may go on for ever, and have their own lines without end. No page of ours sends them.
            return self._refuse(HTTPStatus.LENGTH_REQUIRED)
        if len(lengths) > 1 or not all(
            length.isascii() and length.isdigit() and len(length) < 19 for length in lengths
        ):
            return self._refuse(HTTPStatus.BAD_REQUEST)
        length = int(lengths[0]) if lengths else 0
        if length > _MOST_BODY_BYTES:
            self.close_connection = True
            return True
        self._body = self.rfile.fp.read(length) if length else b""
        return len(self._body) == length or self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> bool:
        self.send_error(status)
        return False

    def get_environ(self) -> dict[str, Any]:
        """Return the environment of a request, its body as it was read."""
        environ: dict[str, Any] = super().get_environ()
        taken = environ["eventlet.input"]
        taken.rfile = io.BytesIO(self._body)
        # "100 Continue" has been said.
        taken.wfile = None
        if "HTTP_SEC_WEBSOCKET_KEY" in environ:
            # eventlet's WebSocket notes there each client that was gone before it.
            environ["wsgi.errors"] = _Nowhere()
        return environ

    def handle_expect_100(self) -> bool:
        """Tell a client that asks first that it may send its body."""
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request, without repeating any of it."""
        status = HTTPStatus(code) if code < HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
        self.close_connection = True
        said = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.wfile.write(said.encode())

    def log_message(self, *_words: object) -> None:
        """Log nothing: whoever sends nonsense would fill the disk."""


class _Nowhere(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


class Log:
    """Where eventlet's server writes: nothing that a client can cause, but for the mistakes that are ours."""

    def __init__(self, error: Any) -> None:
        self._error = error

    def info(self, message: str, *_values: object) -> None:
        """Take what it says of itself, and the traceback of a request that failed below the application."""
        if message.startswith("Traceback"):
            self._error("A request failed.\n%s", message)

    def error(self, message: str, *_values: object) -> None:
        """Take what it says of what a client sent."""

    def debug(self, message: str, *_values: object) -> None:
        """Take what it says of every connection."""
