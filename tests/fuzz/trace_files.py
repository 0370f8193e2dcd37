"""Trace files given to `replay`, `summary` and, where there is one, `export`: real ones gone wrong."""

import contextlib
import gzip
import importlib
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from concurrency_lab import cli
from concurrency_lab.store import StoreError, TraceFile
from concurrency_lab.trace import codec, kinds
from tests.fuzz.harness import Target, Wrong
from tests.fuzz.making import Maker

_GOLDEN = Path(__file__).resolve().parents[1] / "golden"
_KINDS = [kind.name for kind in kinds.KINDS]
_ENDS = (cli.OK, cli.BAD_ARGUMENTS)
# An SVG is made by a node of its own, which takes longer than all the rest: of so many cases one becomes a picture.
_PAINTED = 50
_STRETCH = 120


class TraceFiles(Target):
    """One file after the other, read as the commands read them."""

    name = "trace-files"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._real = [path.read_text("utf-8").splitlines() for path in sorted(_GOLDEN.glob("*.ndjson"))]

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        with tempfile.TemporaryDirectory(prefix="concurrency-lab-fuzz-") as folder:
            self._path = Path(folder, "trace.ndjson")
            try:
                self._exports: dict[str, Any] = importlib.import_module("concurrency_lab.export").EXPORTS
            except ModuleNotFoundError:
                self._exports = {}
            yield

    def make(self, maker: Maker) -> Any:
        lines = maker.one_of(self._real)
        # Most of a trace is like the rest of it: a stretch is enough, and quicker.
        if maker.chance(0.95):
            lines = lines[: 2 + maker.below(min(len(lines), _STRETCH))]
        if maker.chance(0.75):
            lines = self._changed(maker, lines)
        data = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
        if maker.chance(0.25):
            data = maker.mutated(data)
        if maker.chance(0.03):
            data = gzip.compress(data, 1, mtime=0)
            data = maker.mutated(data) if maker.chance(0.7) else data
        return data

    def _changed(self, maker: Maker, lines: list[str]) -> list[str]:
        """Return a trace whose events are not those of any program; mostly still numbered as they must be."""
        header, *events = map(json.loads, lines)
        for _ in range(1 + maker.below(6)):
            way = maker.below(8)
            at = maker.below(len(events)) if events else 0
            if way == 0:
                header = self._with_odd_field(maker, header)
            elif way == 1:
                del events[at : at + 1 + maker.below(10)]
            elif way == 2:
                events[at:at] = [dict(event) for event in events[at : at + 5]] * (1 + maker.below(20))
            elif way == 3 and events:
                events.append(events.pop(at))
            elif way == 4 and events:
                events[at] = {**events[at], "kind": maker.one_of(_KINDS)}
            elif way == 5:
                events = [
                    {name: value for name, value in event.items() if name != "pid"} if maker.chance(0.1) else event
                    for event in events
                ]
            elif events:
                events[at] = self._with_odd_field(maker, events[at])
        if maker.chance(0.9):
            ts_ns = 0
            for seq, event in enumerate(events):
                event["seq"] = seq
                ts_ns = event["ts_ns"] = max(ts_ns, event["ts_ns"]) if type(event.get("ts_ns")) is int else ts_ns
        return [json.dumps(header), *(json.dumps(event, ensure_ascii=maker.chance(0.9)) for event in events)]

    @staticmethod
    def _with_odd_field(maker: Maker, value: dict[str, Any]) -> dict[str, Any]:
        name = maker.one_of(list(value)) if value and maker.chance(0.8) else maker.text(8)
        if maker.chance(0.25):
            return {key: inner for key, inner in value.items() if key != name}
        old = value.get(name)
        # Of the same type it passes the checks, and is met by what comes behind them.
        if isinstance(old, str) and maker.chance(0.8):
            return {**value, name: maker.one_of((maker.text(), "1.1", "0", "MainProcess", "5"))}
        if type(old) is int and maker.chance(0.8):
            return {
                **value,
                name: int(maker.one_of((0, 1, -1, 2, 3, 2**31, 2**53, 2**63 - 1, -(2**63), maker.below(300)))),
            }
        return {**value, name: maker.value()}

    def try_case(self, case: Any) -> None:
        self._path.write_bytes(case)
        self._replay()
        # Making the command line's parser takes as long as the rest: each case goes one of both ways.
        self._summary(["--json"] if len(case) % 2 else [])
        for name, exporter in self._exports.items():
            if name != "svg" or len(case) % _PAINTED == 0:
                self._export(name, exporter)

    def _replay(self) -> None:
        try:
            file = TraceFile(self._path)
        except StoreError:
            return
        with contextlib.closing(file):
            text = "".join(file.text())
            json.dumps(file.run._asdict())
            # What replay gives to the browser is always a whole trace, or the rest is said to be lost.
            trace = codec.read(text.split("\n"))
        if not trace.events or trace.events[-1]["kind"] != "run.ended":
            raise Wrong("replay gives a trace without an end")

    def _summary(self, options: list[str]) -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = cli.main(["summary", *options, str(self._path)])
        if code not in _ENDS or "Traceback" in said.getvalue():
            raise Wrong(f"summary ends with {code}: {said.getvalue()[-300:]}")

    def _export(self, name: str, exporter: Any) -> None:
        try:
            with open(self._path, encoding="utf-8") as lines:
                exporter.write(lines, io.BytesIO())
        except (codec.TraceError, UnicodeDecodeError):
            return
        except Exception as error:
            raise Wrong(f"export {name}: {type(error).__name__}: {error!s:.200}") from error
