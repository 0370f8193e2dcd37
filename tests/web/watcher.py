"""A browser's side of Socket.IO in a few lines, so that a test can stop reading or vanish when it wants to."""

import contextlib
import json
import threading
import time
import zlib
from collections import Counter
from typing import Any

import websocket


class Refused(Exception):
    """The server did not let us in; its text says why."""


class Watcher:
    """One connection that speaks Engine.IO 4 and Socket.IO 5."""

    def __init__(self, url: str, token: object, **options: Any) -> None:
        self.url = url
        self.since = time.monotonic()
        address = url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
        # Checked in Python, UTF-8 would cost more than everything else here together.
        self.socket = websocket.create_connection(address, timeout=20, skip_utf8_validation=True, **options)
        # The library forgets a socket that was lost, without closing it.
        self._raw = self.socket.sock
        self._early: list[tuple[str, Any]] = []
        assert self.receive()[0] == "0"
        self.socket.send("40" + json.dumps({"token": token}))
        answer = self.receive()
        if answer.startswith("44"):
            self.close()
            raise Refused(json.loads(answer[2:])["message"])
        assert answer.startswith("40"), answer

    def receive(self) -> str:
        """Return the next packet that is not a ping."""
        while (packet := self._packet()) == "2":
            self.socket.send("3")
        assert isinstance(packet, str)
        return packet

    def _packet(self) -> str | bytes:
        packet: str | bytes = self.socket.recv()
        return packet

    def message(self) -> tuple[str, Any]:
        """Return the next message: its name (or "ack") and its payload."""
        return self._early.pop(0) if self._early else self._next()

    def _next(self) -> tuple[str, Any]:
        packet = self.receive()
        if packet.startswith("43"):
            return "ack", json.loads(packet[packet.index("[") :])[0]
        if packet.startswith("451-"):
            name, payload = json.loads(packet[4:])
            lines = zlib.decompress(self._packet()).decode().split("\n")  # type: ignore[arg-type]
            return name, {"run": payload["run"], "events": [json.loads(line) for line in lines]}
        assert packet.startswith("42"), packet
        name, payload = json.loads(packet[2:])
        return name, payload

    def send(self, name: str, *payload: object) -> None:
        self.socket.send("420" + json.dumps([name, *payload]))

    def ask(self, name: str, *payload: object) -> Any:
        """Send a message; return its acknowledgement. What came before it is what `message` gives next."""
        self.send(name, *payload)
        while (message := self._next())[0] != "ack":
            self._early.append(message)
        return message[1]

    def close(self) -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self.socket.close(timeout=0)
        self._raw.close()

    def vanish(self) -> None:
        """Be gone without a word, as a laptop that is closed."""
        self._raw.close()


class Collector(threading.Thread):
    """Watches a run to its end, keeping every event as it came; leaves and comes back after some messages."""

    def __init__(
        self, url: str, token: str, run_id: str, leave_after: list[int] | None = None, packed: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self.url = url
        self.token = token
        self.run_id = run_id
        self.leave_after = leave_after or []
        self.packed = packed
        # how many messages of each name came
        self.messages: Counter[str] = Counter()
        self.events: list[dict[str, Any]] = []
        self.ended: dict[str, Any] | None = None
        self.joined = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while self.ended is None:
                self._watch_once(self.leave_after.pop(0) if self.leave_after else None)
        except BaseException as error:
            self.failure = error

    def _watch_once(self, messages: int | None) -> None:
        watcher = Watcher(self.url, self.token)
        try:
            self._follow(watcher, messages)
        finally:
            # Left open where the server has ended, a socket fails whichever test comes next.
            if self.ended is None:
                watcher.vanish()
            else:
                watcher.close()

    def _follow(self, watcher: Watcher, messages: int | None) -> None:
        since = self.events[-1]["seq"] if self.events else -1
        watcher.send("watch", {"run": self.run_id, "since": since, "packed": self.packed})
        while self.ended is None and (messages is None or messages > 0):
            name, payload = watcher.message()
            self.messages[name] += 1
            if name in ("events", "packed"):
                self.events += payload["events"]
                messages = messages - 1 if messages is not None else None
            elif name == "ended":
                self.ended = payload
            elif name == "ack":
                assert payload["ok"], payload
                self.joined.set()

    def result(self) -> list[dict[str, Any]]:
        """Wait for the end; return the events."""
        self.join(60)
        assert not self.is_alive(), "a watcher never saw the end"
        if self.failure is not None:
            raise self.failure
        return self.events
