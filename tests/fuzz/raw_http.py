"""Bytes sent to the server that may or may not be requests."""

import contextlib
import re
import socket
from collections.abc import Iterator
from typing import Any

from tests.fuzz.harness import Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ServerTarget

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


class Requests(ServerTarget):
    """Bytes on a connection that may or may not be HTTP."""

    name = "http"
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
