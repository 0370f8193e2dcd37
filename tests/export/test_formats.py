"""Every format says of a run what the summary says of it, and nothing that a program named does harm in any of them."""

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.export import EXPORTS, About, ExportError, columns, svg
from concurrency_lab.export.naming import file_name
from concurrency_lab.trace import codec
from concurrency_lab.trace.summary import summarize

GOLDEN = sorted((Path(__file__).resolve().parents[1] / "golden").glob("*.ndjson"))
HOSTILE = "=1+1</script><!--<svg onload=alert(1)>\u202e\x00\ud83d,\"'&\u2028\x85"
SPREADSHEET_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")

pytestmark = pytest.mark.filterwarnings("error")


def lines_of(trace: Path) -> list[str]:
    return trace.read_text("utf-8").splitlines(keepends=True)


def exported(name: str, lines: list[str], about: About | None = None) -> bytes:
    out = io.BytesIO()
    EXPORTS[name].write(lines, out, about)
    return out.getvalue()


def made(*events: dict[str, Any], source: dict[str, str] | None = None, program: str = "made.py") -> list[str]:
    """Return the lines of a trace: process 7's own, an event a millisecond, unless an event says otherwise."""
    header = {"format": codec.FORMAT, "run": "made", "program": program, "source": source or {}, "python": "3"}
    header |= {"platform": "linux", "started_at": "2026-01-01T00:00:00Z", "argv": [], "params": {}}
    header |= {"start_method": "fork", "cpu_count": 2}
    # The run's own events are of no process.
    place = [{} if event["kind"] in ("run.ended", "finding.made") else {"pid": 7, "tid": 7} for event in events]
    numbered = [
        {"seq": seq, "ts_ns": seq * 1_000_000, "by": "probe", **place[seq], **event} for seq, event in enumerate(events)
    ]
    return [json.dumps(value) + "\n" for value in (header, *numbered)]


def hostile() -> list[str]:
    """Return a run whose every text would do harm somewhere."""
    return made(
        {"kind": "process.started", "ppid": 1, "method": "main", "name": HOSTILE, "file": HOSTILE, "line": 1},
        {"kind": "queue.created", "obj": "q", "type": HOSTILE, "name": HOSTILE, "maxsize": 0},
        {"kind": "thread.created", "obj": "t", "name": HOSTILE, "daemon": False},
        {"kind": "output.written", "stream": 1, "text": HOSTILE},
        {"kind": "queue.put", "obj": "q", "depth": 1, "item": "1", "value": HOSTILE},
        {"kind": "lane.blocked", "reason": "queue_get", "obj": "q"},
        {"kind": "finding.made", "code": "deadlock", "lanes": ["7"], "text": HOSTILE, "args": {"form": "deadlock"}},
        {"kind": "run.ended", "status": "failed", "text": HOSTILE},
        source={"a.py": HOSTILE},
        program=HOSTILE,
    )


# -- Perfetto ----------------------------------------------------------------------------------------


def perfetto(lines: list[str]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(exported("perfetto", lines))["traceEvents"]
    return entries


def times_by_thread(entries: list[dict[str, Any]]) -> dict[tuple[int, int], dict[str, int]]:
    """Return (pid, tid) -> name of a slice -> nanoseconds in all."""
    times: dict[tuple[int, int], Counter[str]] = {}
    for entry in entries:
        if entry["ph"] == "X":
            times.setdefault((entry["pid"], entry["tid"]), Counter())[entry["name"]] += round(entry["dur"] * 1000)
    return {thread: dict(names) for thread, names in times.items()}


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_perfetto_has_the_lanes_and_times_of_the_summary(trace: Path) -> None:
    entries = perfetto(lines_of(trace))
    lanes = summarize(codec.read(lines_of(trace)))["lanes"]
    threads = [lane for lane in lanes if lane["task"] is None]
    places = [(e["pid"], e["tid"]) for e in entries if e["name"] == "thread_name"]
    assert len(set(places)) == len(places)
    times_ns = times_by_thread(entries)
    for lane, place in zip(threads, places, strict=True):
        # A thread that never said its number, or has that of another one, has one of ours there.
        assert place == (lane["pid"], lane["tid"]) or place[1] >= 1 << 22
        assert times_ns.pop(place, {}) == lane["states_ns"]
    assert times_ns == {}
    for lane in lanes:
        if lane["task"]:
            times: Counter[str] = Counter()
            begun = [e for e in entries if e.get("id") == task_id(entries, lane["task"]) and e["ph"] in "be"]
            for begin, end in zip(begun[1:-1:2], begun[2:-1:2], strict=True):
                assert (begin["ph"], end["ph"], begin["name"]) == ("b", "e", end["name"])
                times[begin["name"]] += round(end["ts"] * 1000) - round(begin["ts"] * 1000)
            assert dict(times) == lane["states_ns"]


def task_id(entries: list[dict[str, Any]], key: str) -> str:
    return next(str(e["id"]) for e in entries if e["ph"] == "b" and e["args"].get("task") == key)


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_every_arrow_begins_and_ends_in_a_slice(trace: Path) -> None:
    entries = perfetto(lines_of(trace))
    ends: dict[int, list[str]] = {}
    for entry in entries:
        if entry["ph"] in "sf":
            within = [
                other["ts"] <= entry["ts"] < other["ts"] + other["dur"]
                or (other["dur"] == 0 and other["ts"] == entry["ts"])
                for other in entries
                if other["ph"] == "X" and (other["pid"], other["tid"]) == (entry["pid"], entry["tid"])
            ]
            assert any(within), entry
            ends.setdefault(entry["id"], []).append(entry["ph"])
    assert all(phases == ["s", "f"] for phases in ends.values())


def test_perfetto_counts_queues_and_marks_findings() -> None:
    lines = made(
        {"kind": "process.started", "ppid": 1, "method": "main"},
        {"kind": "queue.created", "obj": "q", "type": "Queue", "name": "jobs", "maxsize": 0},
        {"kind": "queue.put", "obj": "q", "depth": 1},
        {"kind": "queue.put", "obj": "q", "depth": 2},
        {"kind": "queue.got", "obj": "q", "depth": 1},
        {"kind": "finding.made", "code": "orphan", "lanes": ["7"], "text": "Alone.", "args": {}},
        {"kind": "run.ended", "status": "finished"},
    )
    entries = perfetto(lines)
    counted = [(e["name"], e["ts"], e["args"]["items"]) for e in entries if e["ph"] == "C"]
    assert counted == [("items in jobs", 2000, 1), ("items in jobs", 3000, 2), ("items in jobs", 4000, 1)]
    [marked] = [e for e in entries if e["ph"] == "i"]
    assert (marked["name"], marked["ts"], marked["tid"], marked["args"]["text"]) == ("orphan", 5000, 7, "Alone.")


def test_a_thread_that_has_a_dead_ones_number_is_another_thread() -> None:
    birth = [
        event
        for name in ("first", "second")
        for event in (
            {"kind": "thread.created", "obj": name, "name": name, "daemon": False},
            {"kind": "thread.started", "obj": name, "tid": 8, "native": 8},
            {"kind": "thread.ended", "obj": name, "tid": 8},
        )
    ]
    start = {"kind": "process.started", "ppid": 1, "method": "main"}
    entries = perfetto(made(start, *birth, {"kind": "run.ended", "status": "finished"}))
    tids = [e["tid"] for e in entries if e["name"] == "thread_name"]
    assert len(tids) == len(set(tids)) == 3


# -- spans as a table, the trace itself ----------------------------------------------------------------


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_the_table_has_the_times_of_the_summary(trace: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported("csv", lines_of(trace)).decode(), newline="")))
    listed: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        why = f"({row['reason']})" if row["state"] == "blocked" and row["reason"] else ""
        place = (row["lane"], row["pid"], row["tid"], row["task"], row["state"] + why)
        listed[place] += int(row["end_ns"]) - int(row["start_ns"])
    wanted: Counter[tuple[str, ...]] = Counter()
    for lane in summarize(codec.read(lines_of(trace)))["lanes"]:
        tid = "" if lane["tid"] is None else str(lane["tid"])
        for state, time_ns in lane["states_ns"].items():
            wanted[lane["name"], str(lane["pid"]), tid, lane["task"] or "", state] += time_ns
    assert listed == wanted


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_a_trace_comes_out_as_it_went_in(trace: Path) -> None:
    text = exported("ndjson", lines_of(trace)).decode()
    assert codec.read(text.split("\n")) == codec.read(lines_of(trace))


def test_what_is_no_trace_is_no_export() -> None:
    cut = [*lines_of(GOLDEN[0])[:-3], '{"seq":']
    for name in ("perfetto", "html", "ndjson", "csv"):
        with pytest.raises(codec.TraceError, match="not JSON"):
            exported(name, cut)


def test_a_long_trace_is_written_while_it_is_read() -> None:
    start = {"kind": "process.started", "ppid": 1, "method": "main"}
    lines = made(start, *({"kind": "lock.acquired", "obj": "l", "depth": 1} for _ in range(60_000)))
    for name in ("ndjson", "html"):
        taken = 0

        def counted() -> Iterator[str]:
            nonlocal taken
            for line in lines:
                taken += 1
                yield line

        chunks = EXPORTS[name].chunks(counted(), About())
        next(chunks)
        next(chunks)
        assert 0 < taken < len(lines) / 2, name
        chunks.close()


# -- one file -----------------------------------------------------------------------------------------


class Parts(HTMLParser):
    """The elements of a page, and the text of those that are not its own text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.within = str(dict(attrs).get("type") or tag)

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        self.texts[self.within] = self.texts.get(self.within, "") + data


def unpacked(page: str) -> list[Any]:
    packed = re.search(r'<script type="text/plain" id="trace">([A-Za-z0-9+/=]*)</script>', page)
    assert packed is not None
    return [json.loads(line) for line in gzip.decompress(base64.b64decode(packed[1])).splitlines()]


def test_a_hostile_run_is_nothing_but_text_in_its_file() -> None:
    page = exported("html", hostile(), About({"en": HOSTILE, "zh": HOSTILE})).decode()
    parts = Parts(page)
    scripts = [attrs for tag, attrs in parts.elements if tag == "script"]
    assert [script.get("type") for script in scripts] == ["application/json", "text/plain", None]
    assert not [tag for tag, attrs in parts.elements if any(name.startswith("on") for name in attrs)]
    assert "\x00" not in page
    assert "\u202e" not in page
    first, *_ = unpacked(page)
    assert first["header"]["source"] == {"a.py": HOSTILE}
    # Nothing is fetched: every address is within the page, or only a query of it.
    addresses = [value for _, attrs in parts.elements for name, value in attrs.items() if name in ("href", "src")]
    assert {str(address)[:1] for address in addresses} <= {"#", "?", "d"}
    assert [a for a in addresses if str(a).startswith("d")] == ["data:,"]


def test_the_file_runs_its_own_script_and_no_other() -> None:
    parts = Parts(exported("html", hostile()).decode())
    policy = next(str(a["content"]) for tag, a in parts.elements if tag == "meta" and a.get("http-equiv"))
    script, style = parts.texts["script"], parts.texts["style"]
    for directive, text in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy


def test_a_hundred_thousand_events_are_less_than_two_megabytes() -> None:
    # Times, orders and values as irregular as they can be.
    digits = hashlib.shake_128(b"times").digest(300_000)
    fields: dict[str, Callable[[int], dict[str, Any]]] = {
        "queue.put": lambda n: {"depth": n % 9, "item": f"7.{n}", "value": f"'item {n * 7919}'"},
        "queue.got": lambda n: {"depth": n % 9, "item": f"7.{n}", "value": f"'item {n * 7919}'"},
        "lock.acquired": lambda n: {"depth": 1},
        "lock.released": lambda n: {"depth": 0},
        "output.written": lambda n: {"stream": 1, "text": f"{n * 7919}\n"},
    }
    kinds = list(fields)
    start = {"kind": "process.started", "ppid": 1, "method": "main"}
    events = []
    for n in range(100_000):
        one, other, third = digits[3 * n : 3 * n + 3]
        place = {"tid": 7 + third % 20, "obj": f"7.{one % 3}", "file": "made.py", "line": n % 40}
        kind = kinds[other % 5]
        events.append({"kind": kind, "ts_ns": n * 100_000 + one * 256 + other, **place, **fields[kind](n)})
    assert len(exported("html", made(start, *events))) < 2_000_000


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_columns_hold_every_event(trace: Path) -> None:
    events = codec.read(lines_of(trace)).events
    found: list[dict[str, Any]] = []
    now_ns = 0
    for block in map(json.loads, columns.blocks(events)):
        queues = [
            {name: iter(values * block["n"] if len(values) == 1 else values) for name, values in fields.items()}
            for _, _, fields in block["shapes"]
        ]
        for place, after_ns in zip(block["order"], block["ns"], strict=True):
            kind, by, _ = block["shapes"][place]
            now_ns += after_ns
            fields = {name: next(values) for name, values in queues[place].items()}
            found.append({"seq": len(found), "ts_ns": now_ns, "kind": kind, "by": by, **fields})
    assert found == events


# -- strings that would do harm -----------------------------------------------------------------------


def test_a_hostile_run_is_text_in_every_other_format() -> None:
    entries = perfetto(hostile())
    assert any("\\u202e" in str(e["args"].get("name")) for e in entries if e["ph"] == "M")
    exported("perfetto", hostile()).decode("utf-8")
    table = exported("csv", hostile()).decode("utf-8")
    cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
    assert any("script" in cell for cell in cells)
    assert [cell for cell in cells if SPREADSHEET_FORMULA.match(cell)] == []
    assert not re.search("[\u202e\x00\u2028\x85]", table)
    again = codec.read(exported("ndjson", hostile()).decode("utf-8").split("\n"))
    assert again.events == codec.read(hostile()).events


def test_a_picture_of_a_hostile_run_is_xml_with_its_words() -> None:
    picture = ET.fromstring(exported("svg", hostile(), About({"zh": "课程"}, "zh")))
    texts = [element.text or "" for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "课程"
    assert any("</script>" in text for text in texts)
    tags = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "style", "clipPath", "pattern", "path", "g", "text"}


@pytest.mark.parametrize("trace", GOLDEN, ids=lambda trace: trace.stem)
def test_a_picture_names_every_lane(trace: Path) -> None:
    picture = ET.fromstring(exported("svg", lines_of(trace)))
    texts = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}
    lanes = [lane for lane in summarize(codec.read(lines_of(trace)))["lanes"] if not lane["internal"]]
    # A process's lane is called after its main thread, where it is named; a long name is cut.
    missing = [lane["name"] for lane in lanes if not any(lane["name"][:8] in str(text) for text in texts)]
    assert [name for name in missing if name != "MainProcess"] == []


def test_without_node_a_picture_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "find_node", lambda: None)
    with pytest.raises(ExportError, match=r"needs Node\.js.*`replay FILE`"):
        exported("svg", lines_of(GOLDEN[0]))


def test_a_file_is_called_as_its_reader_would() -> None:
    about = About({"en": "Locks: who waits?", "zh": "锁：谁在等？"}, "zh")
    assert file_name(about, "program.py", "a1", EXPORTS["html"]) == "锁：谁在等？-a1.html"
    assert file_name(About(about.title), "program.py", "a1", EXPORTS["csv"]) == "Locks-who-waits-a1.csv"
    assert file_name(About(), '../<a>:"b"\x00', "a1", EXPORTS["svg"]) == "a-b-u0000-a1.svg"
