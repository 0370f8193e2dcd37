"""What `make fuzz` has found: each shrunk case against what it broke."""

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.supervisor.merge import exit_event
from concurrency_lab.supervisor.output import _Stream
from concurrency_lab.supervisor.segments import ProcessSegments, Segments
from concurrency_lab.supervisor.sources import Sources, read_source
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace import codec, constants, packing
from concurrency_lab.trace.summary import as_text, summarize
from tests.fuzz.frames import _PLAIN, _TEXT, Frames
from tests.fuzz.posts import Parameters
from tests.fuzz.raw_http import Requests
from tests.fuzz.targets import TARGETS
from tests.web.made_stream import HEADER

PID = 4242
SLOT = constants.SLOT_BYTES


# -- the server -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def posts() -> Iterator[Parameters]:
    target = Parameters(1)
    with target.ready():
        yield target


@pytest.fixture(scope="module")
def frames() -> Iterator[Frames]:
    target = Frames(1)
    with target.ready():
        yield target


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    target = Requests(1)
    with target.ready():
        yield target


@pytest.mark.parametrize(
    "body",
    [
        # Half a surrogate pair in what the answer repeats.
        b'{"lesson": "\\ud800"}',
        b'{"lesson": "fork-twice", "params": {"\\udfff": 1}}',
        b'{"lesson": "fork-twice", "case": "\\ud800"}',
        # json gives up on these by a RecursionError.
        b"[" * 50_000,
        b'{"a":' * 10_000,
    ],
    ids=["lesson", "parameter", "case", "arrays", "objects"],
)
def test_a_body_that_is_answered_with_a_sentence(posts: Parameters, body: bytes) -> None:
    for lang in ("en", "zh"):
        posts.try_case((body, lang))


def answer_to(target: Requests, data: bytes) -> bytes:
    with target.connect() as sock:
        sock.sendall(data.replace(b"HOST", target.netloc.encode()).replace(b"TOKEN", target.token.encode()))
        said = b""
        while chunk := sock.recv(1 << 16):
            said += chunk
    target.look_at_log()
    return said


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"evil.example\r\n\r\n", b"400"),
        (b"GET / HTTP/2.0\r\nHost: HOST\r\n\r\n", b"400"),
        (
            b"POST /api/runs HTTP/1.1\r\nHost: HOST\r\nX-Lab-Token: TOKEN\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            b"400",
        ),
        (b"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", b"400"),
        (b"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: \xc2\xb2\r\n\r\n", b"400"),
        (b"GET /?lang=\xab HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", b"200"),
        (b"GET /nowhere?\xff HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n", b"421"),
    ],
)
def test_a_request_that_is_none(requests: Requests, request_bytes: bytes, status: bytes) -> None:
    said = answer_to(requests, request_bytes.replace(b"Host: HOST\r\nHost", b"Connection: close\r\nHost: HOST\r\nHost"))
    assert said.split(b" ")[1] == status, said[:200]
    assert b"evil.example" not in said.partition(b"\r\n\r\n")[0]


def test_a_client_that_asks_before_it_sends_its_body(requests: Requests) -> None:
    body = b'{"lesson": "nowhere"}'
    head = (
        b"POST /api/runs HTTP/1.1\r\nHost: HOST\r\nX-Lab-Token: TOKEN\r\nConnection: close\r\nExpect: 100-continue\r\n"
    )
    with requests.connect() as sock:
        asked = head + b"Content-Length: %d\r\n\r\n" % len(body)
        sock.sendall(asked.replace(b"HOST", requests.netloc.encode()).replace(b"TOKEN", requests.token.encode()))
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert b" 404 " in sock.recv(1000)


@pytest.mark.parametrize("payload", ["", ',"ping timeout"', ",1,2,3", ',null,{"token":"x"}'])
@pytest.mark.parametrize("name", ["connect", "disconnect"])
def test_an_event_that_is_called_as_the_protocols_own_is_one_of_the_client(
    frames: Frames, name: str, payload: str
) -> None:
    """Each of them left a traceback in the log: the handlers of the real ones get it, with whatever is in it."""
    said = f'42["{name}"{payload}]'.encode()
    frames.try_case([(_TEXT, said, _PLAIN), (_TEXT, said, _PLAIN)])


# -- forged segments ------------------------------------------------------------------------------------


def record(kind: int, *, ts: int = 1, obj: int = 0, arg: int = 0, text: bytes | None = None) -> bytes:
    following = b""
    if text is not None:
        following = (packing.TEXT_LENGTH.pack(len(text)) + text).ljust(packing.slots_for_text(len(text)) * SLOT, b"\0")
    return (
        packing.RECORD.pack(ts, 7, obj, arg, 0, 0, kind | (constants.TEXT_FLAG if text is not None else 0)) + following
    )


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[ProcessSegments]:
    found = ProcessSegments(str(tmp_path), PID, lambda path: path)
    yield found
    found.close()


def read(reader: ProcessSegments, folder: Path, data: bytes, ended: bool = True) -> list[dict[str, Any]]:
    (folder / f"{PID}.0").write_bytes(data)
    return [event for _, event in reader.read(ended)]


@pytest.mark.parametrize(
    "forged",
    [
        record(constants.PROCESS_STARTED),
        record(constants.CONDITION_WOKEN, arg=3),
        record(constants.LOCK_ACQUIRED, arg=1),
        record(constants.LANE_BLOCKED, arg=255),
        record(constants.RUN_ENDED, text=b"finished"),
        record(constants.FINDING_MADE, text=b"x\0y"),
        record(constants.TASK_STARTED),
        record(constants.PROCESS_FORKED, ts=2**64 - 1, arg=1, text=b""),
    ],
)
def test_a_record_that_no_probe_writes_becomes_no_event(reader: ProcessSegments, tmp_path: Path, forged: bytes) -> None:
    good = record(constants.THREAD_ENDED)
    assert [event["kind"] for event in read(reader, tmp_path, forged + good)] == ["thread.ended"]


def test_numbers_that_are_none(reader: ProcessSegments, tmp_path: Path) -> None:
    # ppid is a number, in the record; internal one of two words.
    for text in (b"nan", b"9" * 5000, b"\xc2\xb2", b"inf"):
        for event in read(reader, tmp_path, record(constants.QUEUE_PUT, obj=1, arg=1, text=text * 3)):
            codec.read_event(codec.dumps({**event, "seq": 0}))


def _bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        # Such a name may not be as long as a test's folder.
        os.chdir(path.parent)
        sock.bind(path.name)


def test_what_is_no_file_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_bytes(record(constants.THREAD_ENDED))
    made = {
        "fifo": lambda path: os.mkfifo(path),
        "folder": lambda path: path.mkdir(),
        "link": lambda path: path.symlink_to(tmp_path / "secret"),
        "loop": lambda path: path.symlink_to(path),
        "socket": _bind,
    }
    for name, make in made.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder / f"{PID}.0")
        reader = ProcessSegments(str(folder), PID, lambda path: path)
        assert reader.read(ended=False) == reader.read(ended=True) == []
        reader.close()


def test_a_segment_that_goes_while_it_is_read(reader: ProcessSegments, tmp_path: Path) -> None:
    data = (record(constants.THREAD_ENDED) * 2).ljust(100 * SLOT, b"\0")
    assert len(read(reader, tmp_path, data, ended=False)) == 2
    (tmp_path / f"{PID}.0").unlink()
    (tmp_path / f"{PID}.1").write_bytes(record(constants.THREAD_ENDED))
    assert len(reader.read(ended=True)) == 1


def test_a_sparse_file_is_read_no_further_than_a_segment_is_long(reader: ProcessSegments, tmp_path: Path) -> None:
    with open(tmp_path / f"{PID}.0", "wb") as file:
        file.truncate(10 << 30)
        file.seek((1 << 20) // SLOT * SLOT - SLOT)
        file.write(record(constants.THREAD_ENDED))
        file.seek(1 << 30)
        file.write(record(constants.THREAD_ENDED))
    # Slot by slot, this took the supervisor a minute, in which it heard nobody.
    assert len(reader.read(ended=True)) == 1


def test_slots_that_never_become_records(reader: ProcessSegments, tmp_path: Path) -> None:
    never = packing.RECORD.pack(2**63, 0, 0, 0, 0, 0, constants.THREAD_ENDED)
    data = never * ((1 << 20) // SLOT - 1) + record(constants.THREAD_ENDED)
    assert len(read(reader, tmp_path, data)) == 1


def test_names_that_are_no_processes(tmp_path: Path) -> None:
    for name in ("\u00b2.0", "\u0663.0", "9" * 30 + ".0", "4194305.0", "0.0", "-1.0", f"{PID}.x", "12.0"):
        (tmp_path / name).touch()
    segments = Segments(str(tmp_path), lambda path: path)
    assert segments.find_new() == [12]
    segments.close()
    assert Segments(str(tmp_path / "gone"), lambda path: path).find_new() == []


def test_a_wait_status_that_no_wait_returns() -> None:
    for status in (-1, 1 << 40, 0x7F):
        assert exit_event(PID, status, "probe")["pid"] == PID


def test_only_the_users_files_are_shown_as_source(tmp_path: Path) -> None:
    folder = tmp_path / "program"
    folder.mkdir()
    (tmp_path / "secret").write_text("SECRET")
    (folder / "own.py").write_text("own\r\n")
    (folder / "link.py").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "fifo.py")
    spec = RunSpec("x", str(folder / "program.py"), cwd=str(folder))
    sources = Sources(spec, {})
    for path in (
        "own.py",
        "link.py",
        "fifo.py",
        str(tmp_path / "secret"),
        "../secret",
        "/etc/passwd",
        "/dev/zero",
        "\0",
    ):
        sources.name(path)
    assert [(event["path"], event["text"]) for event in sources.take_new()] == [("own.py", "own\n")]
    assert read_source("/dev/zero") is None


# -- strings, files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"a\0b", "a\u2400b"),
        (b"\xff\xfe\xc3(", "\ufffd\ufffd\ufffd("),
        (b"\xed\xa0\x80x\xe4\xb8\xad", "\ufffd\ufffd\ufffdx\u4e2d"),
        (b"\xe4\xb8x", "\ufffdx"),
    ],
)
def test_what_a_probe_has_told_is_not_told_again(written: bytes, told: str) -> None:
    stream = _Stream()
    os.close(stream.reader)
    os.close(stream.writer)
    stream.take(b"before" + written + b"after")
    stream.claim(told.encode())
    assert stream.take_unclaimed(0, at_end=True) == b"beforeafter"


def test_claims_that_never_come_cost_no_more_than_a_second() -> None:
    stream = _Stream()
    os.close(stream.reader)
    os.close(stream.writer)
    for number in range(3000):
        stream.claim(b"never %d" % number)
    began_s = time.thread_time()
    for _ in range(500):
        stream.take(b"x" * 2000)
    # 1.5 million searches through up to a megabyte.
    assert time.thread_time() - began_s < 20


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "lock.acquired", "by": "probe", "pid": 1, "tid": 1, "depth": 1},
        {"kind": "thread.created", "by": "probe", "pid": 1, "tid": 1, "name": "x"},
    ],
)
def test_an_event_about_nothing_is_refused_with_its_line(event: dict[str, Any]) -> None:
    lines = [json.dumps({**HEADER, "run": "x"}), json.dumps({"seq": 0, "ts_ns": 0, **event})]
    with pytest.raises(codec.TraceError, match="Line 2"):
        codec.read(lines)


def test_a_lane_of_which_nothing_is_known() -> None:
    event = {
        "seq": 0,
        "ts_ns": 1,
        "kind": "thread.created",
        "by": "probe",
        "pid": 1,
        "tid": 1,
        "obj": "1.1",
        "name": "x",
        "daemon": False,
    }
    lines = [json.dumps({**HEADER, "run": "x"}), json.dumps(event)]
    assert "x" in as_text(summarize(codec.read(lines)))


def test_every_target_has_a_name_of_its_own() -> None:
    assert {name: target.name for name, target in TARGETS.items()} == {name: name for name in TARGETS}
