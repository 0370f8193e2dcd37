"""What goes to many watchers is framed once: another library must read it as it was meant."""

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from concurrency_lab.web.frames import framed
from concurrency_lab.web.packets import EventLines, PackedLines, serializer

EVENT = 2


def read_back(data: bytes) -> list[str | bytes]:
    """Return the messages that a client gets of these bytes."""
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(data)
    found: list[str | bytes] = []
    for event in client.events():
        # All is here, so that each message comes in one piece.
        assert isinstance(event, TextMessage | BytesMessage)
        assert event.message_finished
        found.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
    return found


def test_every_form_of_length() -> None:
    sizes = (0, 1, 125, 126, 127, 65_535, 65_536, 100_000)
    messages: list[str | bytes] = []
    for size in sizes:
        messages += ["x" * size, bytes(range(256)) * (size // 256) + bytes(size % 256)]
    assert read_back(framed(messages)) == messages


def test_a_text_is_measured_in_bytes() -> None:
    assert read_back(framed(["锁" * 42, "é" * 63])) == ["锁" * 42, "é" * 63]


def test_a_packet_says_the_same_framed_and_not() -> None:
    for payload in (EventLines("r", ['{"seq":0}', '{"seq":1}']), PackedLines("r", b"\0\1\2")):
        name = "packed" if isinstance(payload, PackedLines) else "events"
        text, *bytes_of_it = serializer(None)(EVENT, [name, payload]).encode()
        assert read_back(serializer(framed)(EVENT, [name, payload]).encode()) == ["4" + text, *bytes_of_it]
