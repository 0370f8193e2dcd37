"""A feed and a supervisor's stream that is not as it should be: cut off, broken, or with a hole."""

import json
import socket
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.store import Store
from concurrency_lab.trace import codec
from concurrency_lab.web import aio
from concurrency_lab.web.feed import Feed
from tests.web.made_stream import HEADER, event


class Audience:
    """Keeps what it is told, and what the store held at that moment."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lines: list[str] = []
        self.end: dict[str, Any] = {}

    def queued(self, run_id: str, place: int) -> None:
        raise AssertionError("nothing waits here")

    def began(self, run_id: str, header: codec.Header) -> None:
        raise AssertionError("nothing has waited here")

    def events(self, run_id: str, lines: Sequence[str], packed: bytes) -> None:
        self.lines += lines
        assert zlib.decompress(packed).decode().split("\n") == list(lines)
        assert self.store.get(run_id).events == len(self.lines), "it was told before it was stored"

    def ended(self, message: dict[str, Any]) -> None:
        assert self.store.get(message["run"]).state == "ended"
        self.end = message


def said(*seqs: int) -> bytes:
    return "".join(codec.dumps(event(seq, 0)) + "\n" for seq in seqs).encode()


HEAD = (codec.dumps({**HEADER, "run": "r"}) + "\n").encode()
END = b'{"seq":3,"ts_ns":9000000000000000,"kind":"run.ended","by":"os","status":"finished"}\n'


@pytest.mark.parametrize("way", ["eventlet", "threading"])
@pytest.mark.parametrize(
    ("stream", "stored", "status", "hint"),
    [
        (HEAD + said(0, 1, 2) + END, 4, "finished", None),
        (HEAD + said(0, 1, 2) + END + b"what comes later is not read", 4, "finished", None),
        (HEAD + said(0, 1) + said(2)[:-9], 3, "interrupted", "supervisor"),
        (HEAD + said(0, 1), 3, "interrupted", "supervisor"),
        (HEAD, 1, "interrupted", "supervisor"),
        (HEAD[:20], 1, "interrupted", "supervisor"),
        (b"", 1, "interrupted", "supervisor"),
        (HEAD + said(0, 2), 1, "interrupted", "missing"),
        (b"no trace at all\n", 1, "interrupted", "not JSON"),
        (HEAD.replace(b"lab/1", b"lab/9"), 1, "interrupted", "version 9"),
    ],
)
def test_whatever_comes_the_trace_ends_well(
    tmp_path: Path, way: str, stream: bytes, stored: int, status: str, hint: str | None
) -> None:
    store = Store(tmp_path / "runs.sqlite")
    store.create_run("r", "program.py", {})
    audience = Audience(store)
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(stream)
    cleaned: list[bool] = []
    feed = Feed("r", store, aio.choose(way), audience)
    feed.begin(ours)
    feed.pump(lambda: cleaned.append(True))

    trace = codec.read("".join(store.trace_text("r")).split("\n"))
    assert [json.loads(line) for line in audience.lines] == trace.events
    assert len(trace.events) == stored
    assert trace.events[-1]["kind"] == "run.ended"
    assert trace.events[-1]["status"] == audience.end["status"] == store.get("r").status == status
    assert hint is None or hint in audience.end["text"]
    assert cleaned == [True]
    assert feed.ended
    assert feed.finished.wait(0)
    store.close()


def test_a_lone_surrogate_does_not_spoil_the_batch(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs.sqlite")
    store.create_run("r", "program.py", {})
    audience = Audience(store)
    ours, theirs = socket.socketpair()
    written = codec.dumps({**event(0, 0), "text": "a\udcffb"}).encode("utf-8", "surrogatepass") + b"\n"
    with theirs:
        theirs.sendall(HEAD + written + said(1, 2) + END)
    feed = Feed("r", store, aio.choose("threading"), audience)
    feed.begin(ours)
    feed.pump(lambda: None)
    assert json.loads(audience.lines[0])["text"].encode().startswith(b"a")
    assert audience.end["status"] == "finished"
    store.close()


@pytest.mark.parametrize("announces", [True, False])
def test_that_it_has_begun_is_said_once_where_somebody_waits_for_it(tmp_path: Path, announces: bool) -> None:
    store = Store(tmp_path / "runs.sqlite")
    store.create_run("r", "program.py", {})
    audience = Audience(store)
    heard: list[str] = []
    audience.began = lambda run_id, header: heard.append(header["run"])  # type: ignore[method-assign]
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(HEAD + said(0, 1, 2) + END)
    feed = Feed("r", store, aio.choose("threading"), audience)
    feed.announces = announces
    feed.begin(ours)
    feed.pump(lambda: None)
    assert heard == (["r"] if announces else [])
    store.close()


def test_of_one_run_only_so_much_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs.sqlite")
    store.create_run("r", "program.py", {})
    audience = Audience(store)
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(HEAD + said(*range(200)))
        feed = Feed("r", store, aio.choose("threading"), audience, max_bytes=4096)
        feed.begin(ours)
        feed.pump(lambda: None)
        assert theirs.recv(1) == b"", "the supervisor was not told to end the run"
    trace = codec.read("".join(store.trace_text("r")).split("\n"))
    assert [json.loads(line) for line in audience.lines] == trace.events
    limited, ended = trace.events[-2:]
    assert (limited["kind"], limited["limit"], limited["value"]) == ("run.limited", "trace_bytes", 4096)
    assert (ended["status"], audience.end["status"], store.get("r").status) == ("limited",) * 3
    assert "all that is kept" in audience.end["text"]
    store.close()
