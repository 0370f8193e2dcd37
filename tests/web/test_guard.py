"""Who may speak to the server at all: the table of attacks, each against a real server."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.lab_server import LabServer

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
