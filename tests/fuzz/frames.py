"""What is sent to the server over its WebSocket: frames, Engine.IO packets, Socket.IO messages, and none of these."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

from tests.fuzz.harness import Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ServerTarget

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
# Of a frame's item: what is not as the protocol wants it.
_PLAIN, _UNMASKED, _RESERVED, _NOT_LAST, _LONGER, _SHORTER = range(6)


class Frames(ServerTarget):
    """Twenty messages a connection, then its end; the server must take it, and be as well as before."""

    name = "socket-frames"
    batch = 20
    _PACKETS = (
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "2probe",
        "40",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "451-",
        "42/x,",
        "420",
        "4",
        "b",
        "bAAAA",
        "",
        "7",
        "\x1e",
    )
    _EVENTS = (
        "watch",
        "connect",
        "disconnect",
        "events",
        "ended",
        "queued",
        "message",
        "*",
        "error",
        "stop",
        "join",
        "",
        "__proto__",
    )

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        with super().ready():
            body = json.dumps({"lesson": "fork-twice", "params": {}}).encode()
            with self.connect() as sock:
                head = f"POST /api/runs HTTP/1.0\r\nHost: {self.netloc}\r\nX-Lab-Token: {self.token}\r\n"
                head += f"Content-Length: {len(body)}\r\n\r\n"
                sock.sendall(head.encode() + body)
                answer = sock.makefile("rb").read()
            # A run that somebody else has started, as it is in what is tried: RUN.
            self._run = json.loads(answer.partition(b"\r\n\r\n")[2])["id"]
            yield

    def make(self, maker: Maker) -> Any:
        return [self._item(maker) for _ in range(self.batch)]

    def _item(self, maker: Maker) -> tuple[int, bytes, int]:
        opcode = maker.one_of((_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _BINARY)) if maker.chance(0.97) else maker.below(16)
        fault = _PLAIN if maker.chance(0.97) else maker.below(6)
        way = maker.random.random()
        if way < 0.6:
            said = self._message(maker).encode("utf-8", "surrogatepass")
        elif way < 0.75:
            said = maker.mutated(self._message(maker).encode("utf-8", "surrogatepass"))
        elif way < 0.8:
            said = b"42" + str(maker.one_of(("[", '{"a":', '["watch",', '[["'))).encode() * maker.one_of(
                (100, 5000, 12_000)
            )
        elif way < 0.81:
            said = b"42" + b"x" * maker.one_of((65_530, 65_536, 70_000))
        else:
            said = maker.any_of(maker.data, lambda: maker.text().encode("utf-8", "surrogatepass"))
        return opcode, said, fault

    def _message(self, maker: Maker) -> str:
        if maker.chance(0.2):
            return str(maker.one_of(self._PACKETS)) + (json.dumps(maker.value()) if maker.chance(0.5) else maker.text())
        run = maker.one_of(("RUN", "RUN", "../x", "RUN ", "run", maker.text()))
        wanted: Any = {"run": run, "since": maker.one_of((-1, 0, 1, -2, True, 2**63, maker.value()))}
        payload = [wanted] if maker.chance(0.6) else [maker.value() for _ in range(maker.below(4))]
        event = maker.one_of(self._EVENTS) if maker.chance(0.8) else maker.value()
        number = maker.one_of(("", "0", "7", "9" * 30, "-1", "\u0663"))
        attachments = maker.one_of(("42", "42", "42", "451-", "459999999999-", "43", "461-", "42/,", "42/nowhere,"))
        return f"{attachments}{number}" + json.dumps([event, *payload])

    def try_case(self, case: Any) -> None:
        with self.connect() as sock:
            sock.sendall(self._handshake())
            if not self._is_open(sock):
                raise Wrong("a good handshake was refused")
            frames = [_frame(_TEXT, b"40" + json.dumps({"token": self.token}).encode())]
            frames += [_frame(opcode, said.replace(b"RUN", self._run.encode()), fault) for opcode, said, fault in case]
            # The server may close the connection at any of them.
            with contextlib.suppress(OSError):
                sock.sendall(b"".join(frames))
                sock.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while sock.recv(1 << 16):
                    pass
        self.look_at_log()

    def _handshake(self) -> bytes:
        lines = (
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {self.netloc}",
            f"Origin: {self.url}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==",
        )
        return "\r\n".join((*lines, "", "")).encode()

    @staticmethod
    def _is_open(sock: socket.socket) -> bool:
        said = b""
        while b"\r\n\r\n" not in said and (chunk := sock.recv(4096)):
            said += chunk
        return said.startswith(b"HTTP/1.1 101 ")


def _frame(opcode: int, payload: bytes, fault: int = _PLAIN) -> bytes:
    """Return a client's WebSocket frame, or one that is wrong in one way."""
    first = opcode | (0 if fault == _NOT_LAST else 0x80) | (0x40 if fault == _RESERVED else 0)
    size = len(payload) + {_LONGER: 2**40, _SHORTER: -1}.get(fault, 0)
    masked = 0 if fault == _UNMASKED else 0x80
    if 0 <= size < 126:
        head = struct.pack("!BB", first, masked | size)
    elif 0 <= size < 1 << 16:
        head = struct.pack("!BBH", first, masked | 126, size)
    else:
        head = struct.pack("!BBQ", first, masked | 127, size & 0xFFFF_FFFF_FFFF_FFFF)
    if not masked:
        return head + payload
    mask = b"\x37\xfa\x21\x3d"
    repeated = mask * (len(payload) // 4 + 1)
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[: len(payload)], "big")
    return head + mask + hidden.to_bytes(len(payload), "big")
