"""Who may speak to the server at all: the table of attacks, each against a real server."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.lab_server import LabServer, wait_until
from tests.web.watcher import Watcher

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
}
SOCKET = "/socket.io/?EIO=4&transport=websocket"
BODY = json.dumps({"lesson": "hello"})


class Stranger:
    """Sends exactly the headers that it is told to."""

    def __init__(self, server: LabServer) -> None:
        self.netloc = urlsplit(server.url).netloc
        self.token = server.token

    def ask(self, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, dict[str, str], Any]:
        """Return status, headers and what JSON there is."""
        connection = http.client.HTTPConnection(self.netloc, timeout=10)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": self.netloc} | headers).items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() or None)
        answer = connection.getresponse()
        is_json = "json" in answer.headers.get("Content-Type", "")
        value = json.loads(answer.read()) if is_json else None
        connection.close()
        return answer.status, {name.lower(): text for name, text in answer.headers.items()}, value

    def handshake(self, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Try to open a WebSocket."""
        return self.ask("GET", SOCKET, HANDSHAKE | {name.replace("_", "-"): text for name, text in headers.items()})

    def post(self, **headers: str) -> tuple[int, dict[str, str], Any]:
        """Try to start a run."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ask("POST", "/api/runs", sent, BODY)


@pytest.fixture
def stranger(server: LabServer) -> Stranger:
    return Stranger(server)


def test_a_foreign_origin_is_refused(stranger: Stranger) -> None:
    port = stranger.netloc.rpartition(":")[2]
    for origin in (
        "http://evil.example",
        "null",
        f"http://127.0.0.1:{int(port) + 1}",
        f"http://localhost:{port}",
        "file://",
        f"http://{stranger.netloc}.evil.example",
        f"http://evil.example/{stranger.netloc}",
    ):
        assert stranger.handshake(Origin=origin)[0] == 403, origin
        assert stranger.post(Origin=origin, X_Lab_Token=stranger.token)[0] == 403, origin
    # What the proxy of an attacker says of itself changes nothing.
    forged = {"X_Forwarded_Host": "evil.example", "Forwarded": "host=evil.example"}
    assert stranger.handshake(Origin="http://evil.example", **forged)[0] == 403
    assert stranger.post(Origin="http://evil.example", X_Lab_Token=stranger.token, **forged)[0] == 403


def test_a_socket_needs_an_origin(stranger: Stranger) -> None:
    assert stranger.handshake()[0] == 403
    status, headers, _ = stranger.handshake(Origin=f"http://{stranger.netloc}")
    assert status == 101
    assert "sec-websocket-extensions" not in headers, "permessage-deflate was accepted"


def test_a_proxy_may_have_spoken_tls_and_an_origin_may_be_listed(serve: Any, stranger: Stranger) -> None:
    assert stranger.handshake(Origin=f"https://{stranger.netloc}")[0] == 101
    listed = "https://lab.example.org:8443"
    public = Stranger(serve(ORIGINS=[listed]))
    assert public.handshake(Origin=listed)[0] == 101
    assert public.handshake(Origin=f"http://{public.netloc}")[0] == 403


def test_a_name_that_is_not_ours_is_refused(stranger: Stranger) -> None:
    port = stranger.netloc.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "", "a b", "192.168.1.9", "[::2]"):
        status, headers, problem = stranger.ask("GET", "/", {"Host": host})
        assert status == 421, host
        assert headers["content-type"] == "application/problem+json"
        assert problem["status"] == 421
        assert stranger.handshake(Host=host, Origin=f"http://{host}")[0] == 421
        assert stranger.post(Host=host, Origin=f"http://{host}", X_Lab_Token=stranger.token)[0] == 421
    for host in ("localhost", f"LOCALHOST:{port}", f"[::1]:{port}"):
        assert stranger.ask("GET", "/healthz", {"Host": host})[0] == 200, host


def test_changing_something_needs_a_token(stranger: Stranger) -> None:
    for token in ({}, {"X_Lab_Token": "made-up"}, {"X_Lab_Token": stranger.token[:-2]}):
        status, _, problem = stranger.post(Origin=f"http://{stranger.netloc}", **token)
        assert (status, problem["status"]) == (403, 403)
        assert "reload" in problem["detail"]
    assert stranger.ask("DELETE", "/api/runs/x", {})[0] == 403
    # A form on a foreign page can send neither the header nor JSON.
    form = {"Content-Type": "text/plain", "Origin": "http://evil.example"}
    assert stranger.ask("POST", "/api/runs", form, BODY)[0] == 403
    # A program without a browser says no Origin: its token will do.
    assert stranger.post(X_Lab_Token=stranger.token)[0] == 201


def test_every_answer_carries_the_policy_and_hides_what_it_is_made_of(stranger: Stranger) -> None:
    own = {"Origin": f"http://{stranger.netloc}"}
    answers = [
        stranger.ask("GET", "/", {}),
        stranger.ask("GET", "/nowhere", {}),
        stranger.ask("GET", "/healthz", {}),
        stranger.ask("GET", "/static/i18n/en.json", {}),
        stranger.ask("GET", "/socket.io/?EIO=4&transport=polling", own),
        stranger.ask("GET", SOCKET, {}),
        stranger.ask("GET", "/", {"Host": "evil.example"}),
        stranger.ask("PUT", "/api/runs", own | {"X-Lab-Token": stranger.token}),
    ]
    for status, headers, _ in answers:
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "evil" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "permissions-policy" in headers
        assert "server" not in headers, status
        assert "access-control-allow-origin" not in headers
    assert f"connect-src 'self' ws://{stranger.netloc}" in answers[0][1]["content-security-policy"]


def raw(server: LabServer, *parts: bytes) -> bytes:
    """Send bytes as they are; return all that is answered."""
    host, _, port = urlsplit(server.url).netloc.partition(":")
    answer = b""
    with socket.create_connection((host, int(port)), timeout=20) as sock, contextlib.suppress(ConnectionError):
        for part in parts:
            sock.sendall(part)
        while piece := sock.recv(65536):
            answer += piece
    return answer


def head(server: LabServer, *lines: str, target: str = "/api/runs", method: str = "POST") -> bytes:
    netloc = urlsplit(server.url).netloc
    first = [f"{method} {target} HTTP/1.1", f"Host: {netloc}", f"X-Lab-Token: {server.token}"]
    return "\r\n".join([*first, *lines, "", ""]).encode()


def status_of(answer: bytes) -> int:
    return int(answer.split(None, 2)[1])


def test_two_hosts_and_a_foreign_request_line_are_refused(server: LabServer) -> None:
    netloc = urlsplit(server.url).netloc
    close = "Connection: close"
    assert status_of(raw(server, head(server, "Host: evil.example", close, method="GET", target="/"))) == 421
    assert status_of(raw(server, head(server, f"Host: {netloc}", close, method="GET", target="/"))) == 421
    for target in ("http://evil.example/", f"http://{netloc}/socket.io/?EIO=4&transport=websocket", "evil.example:80"):
        answer = raw(server, head(server, close, method="GET", target=target))
        assert status_of(answer) in (400, 421), answer
    none = raw(server, f"GET / HTTP/1.1\r\n{close}\r\n\r\n".encode())
    assert status_of(none) == 421


def test_a_body_of_no_clear_length_never_becomes_a_second_request(server: LabServer) -> None:
    runs = server.health()["runs"]
    body = json.dumps({"lesson": "steady"}).encode()
    inner = head(server, "Content-Type: application/json", f"Content-Length: {len(body)}") + body
    for lines in (
        [f"Content-Length: {len(inner)}", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: identity"],
        ["Content-Length: +3"],
        ["Content-Length: -1"],
        ["Content-Length: 2", "Content-Length: 3"],
    ):
        answer = raw(server, head(server, *lines), inner)
        assert status_of(answer) == 400, (lines, answer)
        assert answer.count(b"HTTP/1.") == 1, (lines, answer)
    assert server.health()["runs"] == runs


def test_a_body_that_is_too_large_is_refused_however_it_comes(server: LabServer) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    for answer in (
        raw(server, head(server, "Transfer-Encoding: chunked"), chunk * 5),
        raw(server, head(server, f"Content-Length: {10**9}"), b" "),
    ):
        assert status_of(answer) == 413
        assert b"65536" in answer
    whole = json.dumps({"lesson": "hello"}).encode()
    parts = b"".join(b"%x\r\n%s\r\n" % (1, whole[at : at + 1]) for at in range(len(whole)))
    answer = raw(server, head(server, "Transfer-Encoding: chunked", "Connection: close"), parts + b"0\r\n\r\n")
    assert status_of(answer) == 201
    broken = raw(server, head(server, "Transfer-Encoding: chunked", "Connection: close"), b"zz\r\n")
    assert status_of(broken) == 400


def test_who_is_too_slow_is_let_go(serve: Any) -> None:
    server = serve(PATIENCE={"head_s": 0.6, "idle_s": 0.6, "body_s": 0.6, "token_s": 0.6})
    assert raw(server) == b""
    assert raw(server, head(server, target="/", method="GET").removesuffix(b"\r\n")) == b""
    assert status_of(raw(server, head(server, "Content-Length: 20"), b"{")) == 408
    assert status_of(raw(server, head(server, "Transfer-Encoding: chunked"), b"5\r\n{")) == 408
    drip = Dripping(server)
    drip.start()
    drip.join(20)
    assert drip.answer == b"", "byte by byte it went on"
    # It is asked for a page while others are slow, and keeps its connection for as long as it says something.
    assert server.http.get(server.url, timeout=10).status_code == 200
    # A WebSocket that shows no token is no page of ours.
    lines = [f"{name}: {value}" for name, value in HANDSHAKE.items()]
    target = "/socket.io/?EIO=4&transport=websocket"
    answer = raw(server, head(server, f"Origin: {server.url}", *lines, method="GET", target=target))
    assert status_of(answer) == 101
    wait_until(lambda: server.health()["watchers"] == 0, "its place is free again")
    watcher = Watcher(server.url, server.token)
    wait_until(lambda: time.monotonic() - watcher.since > 1.2, "its time would be over")
    assert "error" in watcher.ask("watch", {})
    watcher.close()


class Dripping(threading.Thread):
    """Sends a head that never ends, a byte at a time."""

    def __init__(self, server: LabServer) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.answer = b"?"

    def run(self) -> None:
        host, _, port = urlsplit(self.server.url).netloc.partition(":")
        with socket.create_connection((host, int(port)), timeout=0.05) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nX: ")
            while True:
                try:
                    sock.sendall(b"x")
                    self.answer = sock.recv(100)
                    break
                except TimeoutError:
                    continue
                except ConnectionError:
                    self.answer = b""
                    break


def test_only_behind_a_proxy_is_a_forwarded_address_believed(serve: Any) -> None:
    rates = {"RATES": {"runs.address": "1/minute"}}
    for behind, expected in ((False, [201, 429, 429]), (True, [201, 201, 429])):
        server = serve(BEHIND_PROXY=behind, **rates)
        statuses = []
        for said in ("192.0.2.1", "192.0.2.2", "192.0.2.1, 192.0.2.2"):
            server.http.headers["X-Forwarded-For"] = said
            server.http.headers["X-Forwarded-Host"] = "evil.example"
            statuses.append(server.post("hello").status_code)
        assert statuses == expected
        if behind:
            cookie = server.http.get(server.url, headers={"X-Forwarded-Proto": "https"}, timeout=10)
            assert "Secure" in cookie.headers["Set-Cookie"]
        server.end()


def test_every_answer_has_a_nonce_of_its_own(stranger: Stranger) -> None:
    policies = [stranger.ask("GET", "/", {})[1]["content-security-policy"] for _ in range(2)]
    nonces = [re.search(r"style-src 'self' 'nonce-([\w-]{20,})'", policy) for policy in policies]
    assert nonces[0] is not None
    assert nonces[1] is not None
    assert nonces[0][1] != nonces[1][1]
