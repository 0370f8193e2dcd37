"""The outermost gate, in front of Flask and of Socket.IO: who may speak to this server at all.

It is WSGI because Flask's own checks do not cover /socket.io/, and because Engine.IO's check of the
origin trusts X-Forwarded-Host and lets a request without an Origin through.
"""

import ipaddress
import json
import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from concurrency_lab.web import i18n
from concurrency_lab.web.problems import PROBLEM_TYPE, Problem
from concurrency_lab.web.tokens import Tokens

Environ = dict[str, Any]
SOCKET_PATH = "/socket.io/"
TOKEN_HEADER = "X-Lab-Token"
EMBED_SCRIPT = "/static/embed.js"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")
# What --allow-parent takes: an origin, all hosts of a domain, or everybody. It will stand in a header.
_PARENT = re.compile(r"\*|https?://(\*\.)?([a-z0-9_-]+\.)*[a-z0-9_-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
# Nobody needs them here, and each is a way to lie about who asks.
_FORWARDED = ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")


class HostRule:
    """Which names in the Host header are this server's.

    A name that an attacker owns can be pointed at 127.0.0.1 (DNS rebinding), so names are listed. An
    address cannot be pointed elsewhere: when the server listens to the network, any address will do.
    """

    def __init__(self, names: Iterable[str], any_address: bool) -> None:
        self._names = {name.lower() for name in names} | {"localhost", "127.0.0.1", "::1"}
        self._any_address = any_address

    def allows(self, host: str) -> bool:
        """Say whether a Host header names this server."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]").lower()
        return name in self._names or (self._any_address and _is_address(name))


def parent_origin(text: str) -> str:
    """Return an origin that may show our pages in a frame; raise ValueError with a sentence."""
    origin = text.strip().lower().removesuffix("/")
    if not _PARENT.fullmatch(origin):
        raise ValueError(
            f"{text!r} is no origin: write it like https://courses.example.org, https://*.example.org or *"
        )
    return origin


class Guard:
    """WSGI middleware: refuses strangers, and puts the security headers on every answer."""

    def __init__(
        self, app: Callable[..., Any], hosts: HostRule, tokens: Tokens, max_sockets: int, parents: Iterable[str] = ()
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._tokens = tokens
        self._max_sockets = max_sockets
        self._parents = " ".join(("'self'", *map(parent_origin, parents)))
        self._sockets = 0
        self._counting = threading.Lock()

    @property
    def sockets(self) -> int:
        """How many WebSocket connections are open."""
        return self._sockets

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        known = self._hosts.allows(host)
        policy = _headers(host if known else "", environ["PATH_INFO"], self._parents)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            merged = Headers(headers)
            merged.remove("Server")
            for name, value in policy:
                merged.set(name, value)
            return start_response(status, list(merged), *rest)

        is_socket = environ["PATH_INFO"].startswith(SOCKET_PATH)
        problem = self._refusal(environ, host, is_socket) if known else Problem(421, "wrong-host", host=host[:80])
        if problem is not None:
            return _answer(problem, environ, start)
        for name in _FORWARDED:
            environ.pop(name, None)
        if not is_socket:
            return self._app(environ, start)  # type: ignore[no-any-return]
        # Accepted, permessage-deflate costs 19 -> 44 ms of latency and 7 times the CPU.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        # A WebSocket lives inside of this call, so counting is exact.
        with self._counting:
            self._sockets += 1
        try:
            return self._app(environ, start)  # type: ignore[no-any-return]
        finally:
            with self._counting:
                self._sockets -= 1

    def _refusal(self, environ: Environ, host: str, is_socket: bool) -> Problem | None:
        changes = environ["REQUEST_METHOD"] not in _SAFE_METHODS
        if not (changes or is_socket):
            return None
        origin = environ.get("HTTP_ORIGIN")
        # A program without a browser sends no Origin, and must show a token instead; a socket's
        # token comes later than its handshake, so there an Origin is demanded.
        foreign = is_socket if origin is None else origin.lower() not in _own_origins(host)
        if foreign:
            return Problem(403, "foreign-origin")
        if is_socket:
            return Problem(503, "too-many-watchers") if self._sockets >= self._max_sockets else None
        if not self._tokens.valid(environ.get("HTTP_X_LAB_TOKEN")):
            return Problem(403, "bad-token")
        return None


def _own_origins(host: str) -> tuple[str, str]:
    return f"http://{host.lower()}", f"https://{host.lower()}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _headers(host: str, path: str, parents: str) -> list[tuple[str, str]]:
    """Return the headers of every answer; `host` has been checked, and may stand in a header."""
    framed = path.startswith(i18n.FRAMED)
    ancestors = parents if framed else "'none'"
    # Safari's 'self' does not cover ws:
    sockets = f" ws://{host} wss://{host}" if host else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{sockets}; font-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-src 'self'; frame-ancestors {ancestors}"
    )
    # A page that is isolated (COEP) takes from another origin only what says that it may.
    anybody = framed or path == EMBED_SCRIPT
    headers = [
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "cross-origin" if anybody else "same-origin"),
    ]
    if framed:
        headers.append(("Cross-Origin-Embedder-Policy", "require-corp"))
    if path == EMBED_SCRIPT:
        # With `crossorigin` and `integrity` a browser asks whether it may read it. It is no secret.
        headers.append(("Access-Control-Allow-Origin", "*"))
    return headers


def _answer(problem: Problem, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    text = json.dumps(problem.as_json(i18n.language_of(Request(environ))), ensure_ascii=False).encode()  # type: ignore[arg-type]
    headers = [("Content-Type", PROBLEM_TYPE), ("Content-Length", str(len(text))), ("Connection", "close")]
    start(f"{problem.status} {problem.as_json('en')['title']}", headers)
    return [text]
