"""The outermost gate, in front of Flask and of Socket.IO: who may speak to this server at all, and how much.

It is WSGI because Flask's own checks do not cover /socket.io/, because Engine.IO's check of the
origin trusts X-Forwarded-Host and lets a request without an Origin through, and because a connection
that Engine.IO has accepted has cost its threads already.
"""

import ipaddress
import json
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request

from concurrency_lab.web import i18n
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.bodies import read_body
from concurrency_lab.web.metrics import Metrics
from concurrency_lab.web.problems import PROBLEM_TYPE, Problem
from concurrency_lab.web.quotas import Places, QuotaPassed, Rates, address_of
from concurrency_lab.web.tokens import Tokens

Environ = dict[str, Any]
SOCKET_PATH = "/socket.io/"
TOKEN_HEADER = "X-Lab-Token"
# The editor of the playground writes its style sheet while it runs.
_NONCE_BYTES = 16
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?")
_NOT_IN_ADDRESS = re.compile(r"[^!-~]")
# Nobody needs them here, and each is a way to lie about who asks.
_FORWARDED = ("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")


class HostRule:
    """Which names in the Host header are this server's.

    A name that an attacker owns can be pointed at 127.0.0.1 (DNS rebinding), so names are listed. An
    address cannot be pointed elsewhere: when the server listens to the network, any address will do.
    """

    def __init__(self, names: Iterable[str], any_address: bool, origins: Iterable[str] = ()) -> None:
        self._names = {name.lower() for name in names} | {"localhost", "127.0.0.1", "::1"}
        self._any_address = any_address
        self._origins = tuple(origin.lower().rstrip("/") for origin in origins)

    def allows(self, host: str) -> bool:
        """Say whether a Host header names this server."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]").lower()
        return name in self._names or (self._any_address and _is_address(name))

    def origins(self, host: str) -> tuple[str, ...]:
        """Return where a page may come from that was asked for by this Host header: listed, or that very host."""
        return self._origins or (f"http://{host.lower()}", f"https://{host.lower()}")


class Guard:
    """WSGI middleware: refuses strangers, and puts the security headers on every answer."""

    def __init__(
        self,
        app: Callable[..., Any],
        aio: Aio,
        hosts: HostRule,
        tokens: Tokens,
        rates: Rates,
        places: Places,
        max_body_bytes: int,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._aio = aio
        self._hosts = hosts
        self._tokens = tokens
        self._rates = rates
        self._places = places
        self._max_body_bytes = max_body_bytes
        self._metrics = metrics

    @property
    def sockets(self) -> int:
        """How many WebSocket connections are open."""
        return self._places.taken

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Bytes that are no characters of an address: Werkzeug would refuse them with an exception of its own.
        environ["QUERY_STRING"] = _NOT_IN_ADDRESS.sub(_escaped, environ.get("QUERY_STRING", ""))
        host = environ.get("HTTP_HOST", "")
        known = self._hosts.allows(host)
        environ["lab.nonce"] = nonce = secrets.token_urlsafe(_NONCE_BYTES)
        policy = _headers(host if known else "", nonce)

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            merged = Headers(headers)
            merged.remove("Server")
            for name, value in policy:
                merged.set(name, value)
            return start_response(status, list(merged), *rest)

        is_socket = environ["PATH_INFO"].startswith(SOCKET_PATH)
        try:
            # First of all: what is left unread of a body would be taken for the next request.
            read_body(environ, self._aio, self._max_body_bytes)
            if not known:
                raise Problem(421, "wrong-host", host=host[:80])
            self._check(environ, host, is_socket)
            for name in _FORWARDED:
                environ.pop(name, None)
            if is_socket:
                return self._connect(environ, start)
        except Problem as problem:
            self._metrics.refused(problem.key, problem.status, environ)
            return _answer(problem, environ, start)
        return self._app(environ, start)  # type: ignore[no-any-return]

    def _connect(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Let a WebSocket live, which it does inside of this call, so that counting is exact."""
        address = address_of(environ)
        try:
            self._rates.take("handshakes", address=address)
        except QuotaPassed as passed:
            headers = [("Retry-After", str(passed.retry_s))]
            raise Problem(429, f"quota-{passed.scope}", headers=headers, seconds=passed.retry_s) from None
        # Accepted, permessage-deflate costs 19 -> 44 ms of latency and 7 times the CPU.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        if not self._places.take(address):
            raise Problem(503, "too-many-watchers", headers=[("Retry-After", "10")])
        raw = self._aio.raw_socket(environ)
        self._aio.patience.begin(raw, self._aio.patience.times.token_s)
        try:
            return self._app(environ, start)  # type: ignore[no-any-return]
        finally:
            self._aio.patience.end(raw)
            self._places.give_back(address)

    def _check(self, environ: Environ, host: str, is_socket: bool) -> None:
        # The request line may name another host than the Host header, or nothing at all.
        if not str(environ.get("REQUEST_URI") or environ.get("RAW_PATH_INFO") or "/").startswith("/"):
            raise Problem(400, "bad-target")
        changes = environ["REQUEST_METHOD"] not in _SAFE_METHODS
        if not (changes or is_socket):
            return
        origin = environ.get("HTTP_ORIGIN")
        # A program without a browser sends no Origin, and must show a token instead; a socket's
        # token comes later than its handshake, so there an Origin is demanded.
        foreign = is_socket if origin is None else origin.lower() not in self._hosts.origins(host)
        if foreign:
            raise Problem(403, "foreign-origin")
        if not is_socket and self._tokens.who(environ.get("HTTP_X_LAB_TOKEN")) is None:
            raise Problem(403, "bad-token")


def _escaped(found: re.Match[str]) -> str:
    return f"%{ord(found[0]) & 0xFF:02X}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _headers(host: str, nonce: str) -> list[tuple[str, str]]:
    """Return the headers of every answer; `host` has been checked, and may stand in a header."""
    # Safari's 'self' does not cover ws:
    sockets = f" ws://{host} wss://{host}" if host else ""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
        f"connect-src 'self'{sockets}; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ]


def _answer(problem: Problem, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    text = json.dumps(problem.as_json(i18n.language_of(Request(environ))), ensure_ascii=False).encode()  # type: ignore[arg-type]
    headers = [("Content-Type", PROBLEM_TYPE), ("Content-Length", str(len(text))), ("Connection", "close")]
    headers += problem.headers
    start(f"{problem.status} {problem.as_json('en')['title']}", headers)
    return [text]
