"""Socket.IO packets that carry events as they were stored: as lines of JSON, or those lines compressed."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from engineio.packet import MESSAGE
from socketio.packet import BINARY_EVENT, EVENT, Packet

from concurrency_lab.trace.block import joined

# See aio.py.
Framed = Callable[[Sequence[str | bytes]], bytes]


class EventLines:
    """Events that are JSON already: they are sent as they were stored, without being parsed."""

    def __init__(self, run_id: str, lines: Sequence[str]) -> None:
        self.run_id = run_id
        self.lines = lines


class PackedLines:
    """The same events, compressed: once for the store and for everybody who watches."""

    def __init__(self, run_id: str, packed: bytes) -> None:
        self.run_id = run_id
        self.packed = packed


class LinesPacket(Packet):  # type: ignore[misc]
    """A Socket.IO packet that can carry EventLines and PackedLines.

    Parsing 2,000 events and writing them again took 24.7 ms of the loop, joining them takes 0.03 ms.
    """

    framed: Framed | None = None

    def encode(self) -> Any:
        """Return the packet's text, or its text and what belongs to it; or all of that as frames."""
        payload = self.data[1] if self.packet_type == EVENT and len(self.data) == 2 else None
        messages: list[str | bytes]
        if isinstance(payload, PackedLines):
            place = '{"_placeholder":true,"num":0}'
            head = f'{BINARY_EVENT}1-["packed",{{"run":{json.dumps(payload.run_id)},"lines":{place}}}]'
            messages = [head, payload.packed]
        elif isinstance(payload, EventLines):
            # A line end cannot stand within a line.
            commas = joined(payload.lines).replace("\n", ",")
            messages = [f'{EVENT}["events",{{"run":{json.dumps(payload.run_id)},"events":[{commas}]}}]']
        else:
            return super().encode()
        if self.framed is None:
            return messages
        # Engine.IO puts a digit before a text, and nothing before bytes.
        return self.framed([one if isinstance(one, bytes) else f"{MESSAGE}{one}" for one in messages])


def serializer(framed: Framed | None) -> type[LinesPacket]:
    """Return the packets of a server whose WebSockets take what is framed already, by this; None: they do not."""
    return type("_FramedPacket", (LinesPacket,), {"framed": staticmethod(framed)}) if framed else LinesPacket
