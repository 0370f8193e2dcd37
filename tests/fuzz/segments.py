"""What a hostile program may put where its probes write: read by a real supervisor, in this process."""

import contextlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.supervisor.supervisor import Supervisor
from concurrency_lab.trace import codec, constants, kinds, packing
from concurrency_lab.trace.fold import Fold
from tests.fuzz.harness import Target, Wrong
from tests.fuzz.making import Maker
from tests.web.made_stream import HEADER

_PID = 4_100_000
_SLOT = constants.SLOT_BYTES
_NUMBERS = [kind.number for kind in kinds.KINDS]
_MOST_GIVEN = 8 << 20


class Segments(Target):
    """Files in a run's segment folder, and what happens to them between two looks."""

    name = "trace-segments"
    _NAMES = (
        "PID.0",
        "PID.0",
        "PID.0",
        "PID.0",
        "PID.1",
        "PID.2",
        "1.0",
        "0.0",
        "4194305.0",
        "9" * 30 + ".0",
        "\u00b2.0",
        "\u0663.0",
        "-1.0",
        "PID.0.0",
        "x",
        "1000000.0",
        "PID." + "9" * 20,
    )
    _WAYS = ("file",) * 12 + (
        "sparse",
        "fifo",
        "folder",
        "link",
        "zero-link",
        "socket",
        "gone",
        "cut",
        "no-folder",
        "unreadable",
    )

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        # Where segments lie, too.
        with tempfile.TemporaryDirectory(prefix="clab-fuzz-", dir="/dev/shm") as folder:
            self._base = Path(folder)
            (self._base / "secret").write_bytes(b"SECRET" * 1000)
            yield

    def make(self, maker: Maker) -> Any:
        return [self._act(maker) for _ in range(1 + maker.below(4))]

    def _act(self, maker: Maker) -> tuple[str, str, bytes]:
        """Return what is done to which file, with which bytes, before the supervisor's next look."""
        way = maker.one_of(self._WAYS)
        name = self._NAMES[0] if maker.chance(0.5) else maker.one_of(self._NAMES)
        data = b""
        if way in ("file", "sparse"):
            data = b"".join(self._record(maker) for _ in range(1 + maker.below(8)))
            if maker.chance(0.3):
                data = maker.mutated(data)
            if maker.chance(0.05):
                data *= maker.below(2000)
        return way, name, data

    def _record(self, maker: Maker) -> bytes:
        now_ns = time.monotonic_ns() if maker.chance(0.01) else 10**12
        number = maker.one_of(_NUMBERS) if maker.chance(0.85) else maker.below(65536)
        ts_ns = now_ns if maker.chance(0.9) else maker.one_of((0, 1, 2**63, 2**64 - 1))
        ident, obj, arg = self._whole(maker), self._whole(maker), self._whole(maker)
        text = b""
        if maker.chance(0.5):
            words = maker.one_of(("\0", "\0", " ")).join(self._word(maker) for _ in range(maker.below(6)))
            encoded = words.encode("utf-8", "surrogatepass")[:3000]
            size = len(encoded) if maker.chance(0.9) else maker.below(65536)
            text = (packing.TEXT_LENGTH.pack(size) + encoded).ljust(packing.slots_for_text(len(encoded)) * _SLOT, b"\0")
            number |= constants.TEXT_FLAG
        fields = (
            ts_ns,
            ident,
            obj,
            arg - 2**63 if arg >= 2**63 else arg,
            maker.below(2**20),
            maker.below(4),
            number & 0xFFFF,
        )
        return packing.RECORD.pack(*fields) + text

    @staticmethod
    def _whole(maker: Maker) -> int:
        """Return a number of 64 bits that means something to somebody, or none."""
        small = maker.below(6)
        return int(
            maker.one_of(
                (
                    small,
                    small,
                    small,
                    _PID,
                    _PID << 32 | small,
                    1 << 32 | small,
                    2**63,
                    2**64 - 1,
                    maker.below(2**64),
                    os.getpid(),
                    1,
                )
            )
        )

    @staticmethod
    def _word(maker: Maker) -> str:
        return str(
            maker.one_of(
                (
                    maker.text(),
                    str(maker.number())[:4000],
                    "1",
                    "0",
                    "fork",
                    "Lock",
                    "/etc/passwd",
                    "program.py",
                    "SECRET/../secret",
                )
            )
        )

    def try_case(self, case: Any) -> None:
        folder = self._base / "run"
        folder.mkdir()
        ours, theirs = socket.socketpair()
        spec = RunSpec("fuzz", str(self._base / "program.py"), cwd=str(self._base), limits=Limits(events=50_000))
        supervisor = Supervisor(spec, {**HEADER, "run": "fuzz"}, theirs, str(folder))
        supervisor._lifecycle.main = _PID
        supervisor._poller.register(theirs, 0)
        theirs.setblocking(False)
        ours.setblocking(False)
        said = bytearray()

        def look() -> None:
            supervisor._send(supervisor._collect(time.monotonic_ns()))
            said.extend(_received(ours))

        try:
            given = 0
            for way, name, data in case:
                self._do(folder, way, name.replace("PID", str(_PID)), data)
                given += len(data)
                look()
            supervisor._lifecycle.ended.update(supervisor._segments.processes)
            for _ in range(200):
                look()
                if not supervisor._is_behind:
                    break
            supervisor._send(None)
            supervisor._say({"kind": "run.ended", "by": "os", "status": "finished"})
            supervisor._send(None)
            while supervisor._outbox._waiting:
                said.extend(_received(ours))
                supervisor._outbox.flush()
            said.extend(_received(ours))
            self._look_at(bytes(said), given)
        finally:
            supervisor._lifecycle.close()
            supervisor._segments.close()
            supervisor._poller.close()
            ours.close()
            theirs.close()
            with contextlib.suppress(FileNotFoundError):
                folder.chmod(0o700)
            shutil.rmtree(folder, ignore_errors=True)

    def _do(self, folder: Path, way: str, name: str, data: bytes) -> None:
        path = folder / name
        with contextlib.suppress(OSError):
            if way == "no-folder":
                shutil.rmtree(folder)
            elif way == "gone":
                path.unlink()
            elif way == "cut":
                os.truncate(path, 20)
            elif way == "fifo":
                os.mkfifo(path)
            elif way == "folder":
                path.mkdir()
            elif way == "link":
                path.symlink_to(self._base / "secret")
            elif way == "zero-link":
                path.symlink_to("/dev/zero")
            elif way == "socket":
                with socket.socket(socket.AF_UNIX) as sock:
                    sock.bind(str(path))
            elif way == "unreadable":
                path.chmod(0)
            else:
                # Without waiting at a FIFO that is there.
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK), "wb") as file:
                    file.seek(0, os.SEEK_END)
                    if way == "sparse":
                        file.truncate(10 << 30)
                        file.seek((1 << 20) - len(data) if len(data) < 1 << 20 else 0)
                    file.write(data)

    @staticmethod
    def _look_at(text: bytes, given: int) -> None:
        """Look at what was sent: it must be a trace, to the server and to every browser."""
        if b"SECRETSECRET" in text:
            raise Wrong("a file outside of the folder was read")
        if len(text) > _MOST_GIVEN + 50 * given:
            raise Wrong(f"{given} bytes became {len(text)}")
        if b"NaN" in text or b"Infinity" in text:
            _no_constants(text)
        trace = codec.read(text.decode("utf-8", "replace").split("\n"))
        Fold().feed(trace.events)


def _received(sock: socket.socket) -> bytes:
    said = b""
    with contextlib.suppress(BlockingIOError):
        while chunk := sock.recv(1 << 20):
            said += chunk
    return said


def _no_constants(text: bytes) -> None:
    def refuse(word: str) -> None:
        raise Wrong(f"{word} is no JSON: a browser cannot read it")

    for line in text.splitlines():
        json.loads(line, parse_constant=refuse)
