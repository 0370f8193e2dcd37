"""What is sent to the server over HTTP: parameters, pasted code, addresses, and requests that are none."""

import contextlib
import functools
import http.client
import json
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.web import DEFAULTS
from tests.fuzz.harness import NotThere, Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ServerTarget

_MOST_BODY = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


@functools.cache
def _lessons() -> list[Any]:
    return list(load_catalogue(()).lessons)


class _Client(ServerTarget):
    """Asks the server again and again on one connection."""

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        with super().ready():
            self._connection = http.client.HTTPConnection(self.netloc)
            try:
                yield
            finally:
                self._connection.close()

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Send a request; return its answer, of which only the body is unread."""
        try:
            self._send(method, path, body, headers)
            return self._connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            # The server closes what it kept open after some errors: that is its right. A new one must do.
            self._connection.close()
        self._send(method, path, body, headers)
        return self._connection.getresponse()

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        self._connection.putrequest(method, path)
        for name, value in headers.items():
            self._connection.putheader(name, value.encode("latin-1", "replace"))
        if body is not None:
            self._connection.putheader("Content-Length", str(len(body)))
        self._connection.endheaders(body)


class _Posts(_Client):
    """Posts bodies to /api/runs; no run is real."""

    settings = {"INSTANT_RUNS": True}  # noqa: RUF012 - never changed
    expected: tuple[int, ...] = (201, 400, 404, 413, 422, 429)

    def try_case(self, case: Any) -> None:
        body, lang = case
        headers = {"X-Lab-Token": self.token, "Content-Type": "application/json", "Accept-Language": lang}
        answer = self.ask("POST", "/api/runs", body, headers)
        said = answer.read()
        self.count_status(answer.status, said)
        if answer.status not in self.expected:
            raise Wrong(f"the answer says {answer.status} {said!r:.300}")
        if not isinstance(json.loads(said), dict):
            raise Wrong(f"the answer is {said!r:.300}")
        self.look_at_log()


class Parameters(_Posts):
    """Lessons' parameters."""

    name = "parameters"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._lessons = _lessons()

    def make(self, maker: Maker) -> Any:
        return self._body(maker), str(maker.one_of(("en", "zh", "", "x;q=9")))

    def _body(self, maker: Maker) -> bytes:
        way = maker.random.random()
        if way < 0.02:
            return str(maker.one_of(("[", '{"a":', "{}", "[1,", '"'))).encode() * maker.one_of((1, 100, 10_000))
        if way < 0.03:
            return b" " * maker.one_of((_MOST_BODY - 1, _MOST_BODY, _MOST_BODY + 1))
        if way < 0.1:
            # Not the same writer each time: also lone surrogates as they are.
            return json.dumps(maker.value(4), ensure_ascii=False).encode("utf-8", "surrogatepass")[:_MOST_BODY]
        text = json.dumps(self._request(maker)).encode()
        return maker.mutated(text) if way < 0.3 else text

    def _request(self, maker: Maker) -> dict[str, Any]:
        lesson = maker.one_of(self._lessons)
        names = [param.name for param in lesson.params]
        params: Any = {}
        # Few requests without any: those start a run, which takes ten times as long as a refusal.
        for _ in range(maker.below(5) or maker.chance(0.9)):
            params[maker.one_of(names) if names and maker.chance(0.9) else maker.text()] = maker.value()
        made = {
            "lesson": lesson.slug if maker.chance(0.9) else maker.value(),
            "params": params if maker.chance(0.9) else maker.value(),
        }
        if maker.chance(0.3):
            made["case"] = maker.one_of(list(lesson.cases)) if maker.chance(0.5) else maker.value()
        if maker.chance(0.1):
            made[maker.text()] = maker.value()
        return made


class Pasted(_Posts):
    """Pasted code, as the playground takes it."""

    name = "pasted-code"
    settings = {"INSTANT_RUNS": True, "PLAYGROUND": True}  # noqa: RUF012 - never changed
    _PIECES = (
        "print('x')\n",
        "import ctypes; ctypes.string_at(0)\n",
        "def f(): f()\nf()\n",
        "if True:\n",
        "\tx\n  y\n",
        "(" * 300,
        "1+" * 5000,
        "-" * 9000,
        "x=" * 3000 + "1",
        "lambda:" * 2000,
        "f'" + "{f'" * 200,
        "'''",
        "#coding: utf-7\n",
        "# -*- coding: nonsense -*-\n",
        "\\",
        "\0",
        "\ufeff",
        "\f",
        "await x\n",
        "return\n",
        "global x\n",
        "nonlocal x\n",
        "import concurrency_lab\n",
        "9" * 5000,
        "async def f(): yield\n",
        "match x:\n case",
        "\ud800",
        "\u202e",
        "x = 1\r",
        "\x1a",
        "a.b" * 3000,
        "[" * 3000 + "]" * 3000,
        "not " * 5000,
        "*" * 100,
        "1if 1else 2",
    )

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        if "PLAYGROUND" not in DEFAULTS:
            raise NotThere("the playground")
        with super().ready():
            yield

    def make(self, maker: Maker) -> Any:
        way = maker.random.random()
        if way < 0.05:
            code: Any = maker.value()
        elif way < 0.08:
            code = "#" * maker.one_of((_MOST_BODY // 2, _MOST_BODY - 20, _MOST_BODY, _MOST_BODY + 1))
        elif way < 0.4:
            code = "".join(maker.text() for _ in range(maker.below(6)))
        else:
            code = "".join(maker.one_of(self._PIECES) for _ in range(1 + maker.below(5)))
        return json.dumps({"code": code}).encode(), str(maker.one_of(("en", "zh")))


class Addresses(_Client):
    """Paths and what stands behind the question mark: of pages, the API, files, and what embeds them."""

    name = "addresses"
    settings = {"INSTANT_RUNS": True}  # noqa: RUF012 - never changed
    _BEGINNINGS = (
        "/lessons/{}",
        "/lessons/{}/sheet",
        "/runs/{}",
        "/api/runs/{}",
        "/api/runs/{}/trace",
        "/api/runs/{}/outcomes",
        "/api/lessons/{}",
        "/primitives/{}",
        "/embed/{}",
        "/embed/lessons/{}",
        "/embed/runs/{}",
        "/playground/{}",
        "/api/snippets/{}",
        "/api/runs/{}/export/csv",
        "/api/runs/x/export/{}",
        "/static/{}",
        "/static/build/{}",
        "/static/i18n/{}",
        "/{}",
        "{}",
        "/healthz{}",
        "/metrics{}",
        "/socket.io/{}",
    )
    _NAMES = (
        "lang",
        "theme",
        "t",
        "t2",
        "panels",
        "autoplay",
        "height",
        "width",
        "with",
        "case",
        "presenter",
        "sid",
        "EIO",
        "transport",
        "token",
    )
    _VALUES = (
        "en",
        "zh",
        "dark",
        "light",
        "1",
        "0",
        "-1",
        "1e9",
        "source,console",
        "100%",
        "NaN",
        "12.5s",
        "polling",
        "websocket",
        "4",
    )

    def make(self, maker: Maker) -> Any:
        path = str(maker.one_of(self._BEGINNINGS)).replace("{}", self._segment(maker))
        if maker.chance(0.7):
            pairs = [self._pair(maker) for _ in range(1 + maker.below(5))]
            path += "?" + str(maker.one_of(("&", "&", ";", "?"))).join(pairs)
        # A request line has neither control characters nor spaces; what has is the HTTP target's concern.
        path = re.sub(r"[^!-~]", "", path)
        headers = {}
        if maker.chance(0.3):
            cookie = re.sub(
                r"[^ -~\x80-\xff]", "", f"lab_lang={maker.text()}; lab_viewer={maker.text()}; {maker.text()}"
            )
            headers["Cookie"] = cookie
        if maker.chance(0.3):
            headers["Accept-Language"] = re.sub(r"[^ -~\x80-\xff]", "", maker.text() + ";q=" + str(maker.number()))
        return str(maker.one_of(("GET", "GET", "HEAD", "OPTIONS"))), "/" + path.lstrip("/"), headers

    def _pair(self, maker: Maker) -> str:
        value = str(maker.one_of(self._VALUES)) if maker.chance(0.4) else self._segment(maker)
        return (str(maker.one_of(self._NAMES)) if maker.chance(0.9) else self._segment(maker)) + "=" + value

    @staticmethod
    def _segment(maker: Maker) -> str:
        way = maker.below(6)
        text = maker.text()
        if way == 0:
            return str(
                maker.one_of(
                    (
                        "fork-twice",
                        "deadlock",
                        "threading.Lock",
                        "%00",
                        "%ff%fe",
                        "%c0%ae%c0%ae/",
                        "..%2f" * 9,
                        "%",
                        "%zz",
                        "%25%32%65",
                    )
                )
            )
        if way == 1:
            return text.encode("utf-8", "surrogatepass").decode("latin-1")
        if way == 2:
            return quote(maker.data(20))
        return quote(text.encode("utf-8", "surrogatepass"), safe="/" if way == 3 else "")

    def try_case(self, case: Any) -> None:
        method, path, headers = case
        answer = self.ask(method, path, None, headers)
        said = answer.read()
        self.count_status(answer.status, said)
        if b"<fuzz>" in said and "html" in answer.headers.get("Content-Type", ""):
            raise Wrong(f"the page holds what the address says as HTML: {said[said.index(b'<fuzz>') - 100 :]!r:.300}")
        if b"root:x:0" in said or b"SPDX" in said:
            raise Wrong("a file outside of static/ is given")
        self.look_at_log()


class Requests(ServerTarget):
    """Bytes on a connection that may or may not be HTTP."""

    name = "http"
    settings = {"INSTANT_RUNS": True}  # noqa: RUF012 - never changed
    # Connections that never finish what they began, held open at a time.
    _HELD = 64
    _METHODS = (
        b"GET",
        b"POST",
        b"DELETE",
        b"PUT",
        b"HEAD",
        b"OPTIONS",
        b"TRACE",
        b"CONNECT",
        b"PATCH",
        b"get",
        b"G\xc3\x89T",
        b"",
        b"A" * 9000,
    )
    _TARGETS = (
        b"/",
        b"/healthz",
        b"/api/runs",
        b"*",
        b"http://evil.example/",
        b"http://127.0.0.1/healthz",
        b"//evil.example/",
        b"/\x00",
        b"/" * 9000,
        b"evil.example:443",
        b"?",
        b"#",
        b"/%",
        b"/socket.io/?EIO=4&transport=polling",
        b"/socket.io/?EIO=4&transport=websocket",
        b"/api/lessons/x",
        b"http://[::1/",
        b"http://[/healthz",
        b"/\xff\xfe",
        b"http:///healthz",
        b"://",
    )
    _VERSIONS = (
        b"HTTP/1.1",
        b"HTTP/1.1",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"HTTP/0.9",
        b"HTTP/2.0",
        b"HTTP/1.9",
        b"HTTP/",
        b"",
        b"HTP/1.1",
        b"HTTP/99999999999.1",
    )
    _LINES = (
        b"Host: evil.example",
        b"Host: HOST, evil.example",
        b"Host:",
        b"Host: HOST:99999",
        b"Host: HOST@evil.example",
        b"Host: [::1",
        b"Host: \xff",
        b"X-Forwarded-Host: evil.example",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: identity, chunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Content-Length: 5",
        b"Content-Length: -1",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 5, 6",
        b"Content-Length: x",
        b"Content-Length: 65537",
        b"Content-Length: 1e3",
        b"Content-Length: \xc2\xb2",
        b"Expect: 100-continue",
        b"Expect: x",
        b"Connection: close",
        b"Connection: Upgrade\r\nUpgrade: websocket",
        b"Connection: Upgrade\r\nUpgrade: h2c",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        b"Sec-WebSocket-Key: \xff",
        b"Origin: http://HOST",
        b"Origin: null",
        b"Range: bytes=0-,0-,0-",
        b"Range: bytes=-1",
        b"If-Modified-Since: x",
        b"If-None-Match: *",
        b"If-Range: \x80",
        b"Content-Type: application/json",
        b"Content-Type: multipart/form-data; boundary=",
        b"Content-Type: multipart/form-data; boundary=x",
        b"Cookie: " + b"a=b; " * 500,
        b"Accept-Language: " + b"zh;q=0." * 300,
        b"Accept-Language: zh;q=nan",
        b"X: " + b"x" * 9000,
        b"X: " + b"x" * 70_000,
        b" folded",
        b":",
        b"no colon",
        b"X\x00: y",
        b"X: \x00",
        b"\xff: \xff",
        b"Cookie: lab_lang=\xff; =; ;",
        b"X-Lab-Token: \xe9.\xe9.\xe9",
        b"Content-Encoding: gzip",
        b"Accept: */*;q=x",
        b"X-HTTP-Method-Override: DELETE",
    )
    _BODIES = (
        b"",
        b"hello",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFF\r\nx",
        b"-5\r\nhello\r\n",
        b"x\r\n",
        b"5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
        b"10000\r\n" + b"y" * 65536 + b"\r\n" + b"10000\r\n" + b"y" * 65536 + b"\r\n0\r\n\r\n",
        b"5\nhello\n0\n\n",
        b"\xc2\xb2\r\nxx\r\n",
        b"5\r\nhel",
        b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
        b"{" * 70_000,
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b" \r\n",
        b"F" * 9000 + b"\r\n",
        b"5" + b";" * 9000,
    )

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        self._held: list[socket.socket] = []
        with super().ready():
            try:
                yield
            finally:
                for sock in self._held:
                    sock.close()

    def make(self, maker: Maker) -> Any:
        data = b"".join(self._request(maker) for _ in range(1 + maker.below(4)))
        if maker.chance(0.2):
            data = maker.mutated(data)
        # Said, then: no more to come; gone at once; not a word more, for as long as the server bears it.
        return data, maker.one_of(("end", "end", "end", "end", "go", "reset", "hold"))

    def _request(self, maker: Maker) -> bytes:
        method, target = (
            maker.one_of(self._METHODS[:6] if maker.chance(0.7) else self._METHODS),
            maker.one_of(self._TARGETS),
        )
        lines = [method + b" " + target + b" " + maker.one_of(self._VERSIONS)]
        if maker.chance(0.85):
            lines.append(b"Host: HOST")
        if maker.chance(0.5):
            lines.append(b"X-Lab-Token: TOKEN")
        lines += [maker.one_of(self._LINES) for _ in range(maker.below(6))]
        if maker.chance(0.01):
            lines += [b"X-%d: y" % number for number in range(2000)]
        ending = b"\n" if maker.chance(0.05) else b"\r\n"
        return ending.join(lines) + ending * 2 + maker.one_of(self._BODIES)

    def try_case(self, case: Any) -> None:
        data, ending = case
        data = data.replace(b"HOST", self.netloc.encode()).replace(b"TOKEN", self.token.encode())
        sock = self.connect()
        with contextlib.suppress(ConnectionError):
            sock.sendall(data)
        if ending == "hold":
            self._held.append(sock)
            if len(self._held) > self._HELD:
                self._held.pop(0).close()
            return
        if ending == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with sock:
            if ending == "end":
                self._read_to_end(sock)
        self.look_at_log()

    def _read_to_end(self, sock: socket.socket) -> None:
        said = b""
        # It may have been closed already.
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
            while chunk := sock.recv(1 << 16):
                said += chunk
        for status in _STATUS.findall(said):
            self.count_status(int(status), said[:300])
        if b"evil.example" in said.partition(b"\r\n\r\n")[0]:
            raise Wrong(f"a header of the answer repeats a foreign host: {said[:300]!r}")
