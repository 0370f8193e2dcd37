"""Reads a request's body before anybody acts on the request: whole, not too large and in time."""

import io
from typing import Any

from concurrency_lab.web.aio import Aio
from concurrency_lab.web.patience import CONTENT_LENGTHS, stop_reading
from concurrency_lab.web.problems import Problem

_STEP_BYTES = 16 * 1024


def read_body(environ: dict[str, Any], aio: Aio, most_bytes: int) -> None:
    """Put the whole body in place of the stream it comes from; raise a Problem where that cannot be.

    After a Problem the connection is of no more use: where the next request would begin is not known.
    """
    coding, length = environ.pop("HTTP_TRANSFER_ENCODING", None), environ.get("CONTENT_LENGTH") or None
    if coding is None and length in (None, "0"):
        environ["wsgi.input"] = io.BytesIO()
        return
    raw = aio.raw_socket(environ)
    try:
        # Both at once, or a coding that is not understood: another server may see another end of the body.
        is_clear = (
            environ[CONTENT_LENGTHS] <= 1 if coding is None else coding.strip().lower() == "chunked" and not length
        )
        if not is_clear:
            raise Problem(400, "bad-coding")
        if length is not None and not (length.isascii() and length.isdigit()):
            raise Problem(400, "bad-coding")
        if length is not None and int(length) > most_bytes:
            raise Problem(413, "too-large", limit=most_bytes)
        aio.patience.begin(raw, aio.patience.times.body_s)
        body = _read(environ["wsgi.input"], most_bytes + 1 if length is None else int(length))
        if not aio.patience.end(raw):
            raise Problem(408, "too-slow", seconds=aio.patience.times.body_s)
        if body is None or (length is not None and len(body) < int(length)):
            raise Problem(400, "bad-request")
        if len(body) > most_bytes:
            raise Problem(413, "too-large", limit=most_bytes)
    except Problem:
        aio.patience.end(raw)
        aio.close_after_answer(environ)
        stop_reading(raw)
        raise
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True


def _read(stream: Any, most_bytes: int) -> bytes | None:
    """Return so many bytes, or what there are; None: the stream makes no sense."""
    parts: list[bytes] = []
    left = most_bytes
    try:
        while left and (part := stream.read(min(left, _STEP_BYTES))):
            parts.append(part)
            left -= len(part)
    except (OSError, ValueError):
        return None
    return b"".join(parts)
