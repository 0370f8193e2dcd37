"""What the timeline's canvas looks like: golden traces, drawn in a fixed font, beside the pictures that are kept."""

import contextlib
import functools
import pathlib
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = pathlib.Path(__file__).parent
PAGE = "/tests/browser/pictures/page.html"

SCENES: dict[str, dict[str, Any]] = {
    "threads-light": {"trace": "threads", "theme": "light", "size": "laptop", "width": 760, "height": 214},
    "processes-dark": {"trace": "processes", "theme": "dark", "size": "laptop", "width": 760, "height": 258},
    "pool-projector": {"trace": "pool", "theme": "projector", "size": "projector", "width": 860, "height": 280},
    "crowd-light": {"trace": "crowd", "theme": "light", "size": "embed", "width": 640, "height": 80, "cursorMs": 1},
}


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the checkout without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the checkout on a free port; yield the address of the page that draws."""
    handler = functools.partial(QuietHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{PAGE}"
        server.shutdown()
