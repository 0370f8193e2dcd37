"""Strings of a real traced program: what it prints, what it calls threads, as the browser gets them."""

import contextlib
import http.client
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.harness import Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ServerTarget
from tests.web.watcher import Watcher

_PATIENCE_S = 25.0
# Written as bytes at the end of each batch: no UTF-8.
_NO_UTF8 = b"\xff\xfe\x00\xc3(\xed\xa0\x80\xf4\x90\x80\x80 invalid\n"
_HUGE = "\u202e\x1b[31m\0x" * 40_000
# A replaced character stands for each byte of what is no UTF-8; how many there are is the decoder's business.
_LOST = re.compile("[\ufffd?]+")

PROGRAM = """
import json, multiprocessing, os, sys, threading

BATCH = 0


def nothing():
    pass


with open(f"{FOLDER}/{BATCH}.json") as file:
    texts = json.load(file)
sys.stdout.reconfigure(errors="surrogatepass", newline="")
sys.stderr.reconfigure(errors="surrogatepass", newline="")
for number, text in enumerate(texts):
    (sys.stderr if number % 5 == 0 else sys.stdout).write(text)
    if number % 10 == 0:
        thread = threading.Thread(target=nothing, name=text)
        thread.start()
        thread.join()
    if number % 200 == 0:
        process = multiprocessing.get_context("fork").Process(target=nothing, name=text)
        process.start()
        process.join()
sys.stdout.write(HUGE)
sys.stdout.flush()
sys.stderr.flush()
os.write(1, NO_UTF8)
"""


class Texts(ServerTarget):
    """Some thousand strings a run: as many runs as that takes, and each is watched to its end."""

    name = "program-strings"
    batch = 1000

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        self._number = 0
        with super().ready():
            yield

    def _start(self) -> None:
        text = PROGRAM.replace("HUGE", repr(_HUGE[:8]) + " * 40_000").replace("NO_UTF8", repr(_NO_UTF8))
        (self.folder / "batches").mkdir()
        self.settings = {"STRINGS": text.replace("{FOLDER}", str(self.folder / "batches"))}
        super()._start()

    def make(self, maker: Maker) -> Any:
        return [self._text(maker) for _ in range(self.batch)]

    @staticmethod
    def _text(maker: Maker) -> str:
        parts = [maker.text() for _ in range(1 + maker.below(3))]
        return maker.one_of(("", "\n", " ")).join(parts) * (200 if maker.chance(0.002) else 1)

    def try_case(self, case: Any) -> None:
        self._number += 1
        text = json.dumps(case)
        Path(self.folder, "batches", f"{self._number}.json").write_text(text)
        # Two halves of a character that stand side by side are one whole to the program that reads this.
        case = json.loads(text)
        watcher = Watcher(self.url, self.token)
        try:
            events = self._watch(watcher, self._begin())
        finally:
            watcher.close()
        self._compare(case, events)
        self.look_at_log()

    def _begin(self) -> str:
        connection = http.client.HTTPConnection(self.netloc)
        body = json.dumps({"lesson": "strings", "params": {"BATCH": self._number}})
        connection.request("POST", "/api/runs", body, {"X-Lab-Token": self.token})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        self.count_status(answer.status, said)
        return str(json.loads(said)["id"])

    @staticmethod
    def _watch(watcher: Watcher, run_id: str) -> list[dict[str, Any]]:
        watcher.send("watch", {"run": run_id, "since": -1})
        events: list[dict[str, Any]] = []
        until_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until_s:
            name, payload = watcher.message()
            if name == "events":
                events += payload["events"]
            elif name == "ended":
                return events
        raise Wrong(f"no answer within {_PATIENCE_S:.0f} s: the run never ended")

    @staticmethod
    def _compare(case: list[str], events: list[dict[str, Any]]) -> None:
        """Compare what the browser got with what the program did; raise Wrong."""
        for number, whole in ((1, [t for n, t in enumerate(case) if n % 5]), (2, case[::5])):
            told = "".join(
                event["text"] for event in events if event["kind"] == "output.written" and event["stream"] == number
            )
            meant = "".join(whole).encode("utf-8", "surrogatepass")
            if number == 1:
                meant += (_HUGE[:8] * 40_000).encode() + _NO_UTF8
            if _plain(told) != _plain(meant.decode("utf-8", "replace")):
                raise Wrong(
                    f"stream {number} is told otherwise than it was written: "
                    f"{_difference(told, meant.decode('utf-8', 'replace'))}"
                )
        named = [event for event in events if event["kind"] == "thread.created"]
        if len(named) != len(case[::10]):
            raise Wrong(f"{len(named)} threads are told of {len(case[::10])}")


def _plain(text: str) -> str:
    # NUL is told as its picture.
    return _LOST.sub("?", text.replace("\0", "\u2400"))


def _difference(told: str, meant: str) -> str:
    told, meant = _plain(told), _plain(meant)
    at = next((n for n, (a, b) in enumerate(zip(told, meant, strict=False)) if a != b), min(len(told), len(meant)))
    near = slice(max(0, at - 20), at + 20)
    return f"{told[near]!r} for {meant[near]!r}, {len(told)} characters for {len(meant)}"
