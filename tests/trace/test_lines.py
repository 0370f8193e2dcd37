"""lines.py: the same with orjson and without it, also for what orjson refuses."""

import json

import pytest

from concurrency_lab.trace import codec, lines
from tests.golden.make import GOLDEN

ODD = [
    {"text": 'between "},{" two, 中, \U0001f40d, \x00'},
    {"text": "a lone \udc80 surrogate", "list": [{"a": 1}, {"b": 2}]},
    {"big": (1 << 70) + 1, "small": -1, "float": 1e-9, "none": None, "true": True},
    {},
]


@pytest.fixture(params=["orjson", "standard library"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "standard library":
        monkeypatch.setattr(lines, "orjson", None)
    else:
        assert lines.orjson is not None
    return str(request.param)


@pytest.mark.parametrize(
    "values", [ODD, ODD[:1], ODD[1:2], ODD[2:], []], ids=["all", "separators", "refused", "numbers", "none"]
)
def test_what_is_encoded_comes_back(way: str, values: list[dict[str, object]]) -> None:
    text = lines.encode_all(values).decode("utf-8", "surrogatepass").splitlines()
    assert [json.loads(line) for line in text] == values


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ndjson")), ids=lambda path: path.stem)
def test_a_trace_is_read_the_same(way: str, path: object) -> None:
    text = path.read_text(encoding="utf-8").splitlines()
    assert codec.read(text).events == [json.loads(line) for line in text[1:]]


@pytest.mark.parametrize("text", ["", '{"a":1', "[1]", "7", '{"a":1},{"b":2}'])
def test_a_line_that_is_no_object_is_found(way: str, text: str) -> None:
    assert lines.decode_all(['{"a":1}', text]) is None


@pytest.mark.parametrize("word", ["NaN", "-Infinity", "1e999"])
def test_what_no_browser_reads_is_no_trace(way: str, word: str) -> None:
    """Python by itself reads them, and writes them again: into exports that nothing else could open."""
    header, *events = (GOLDEN / "threads.ndjson").read_text(encoding="utf-8").splitlines()
    with pytest.raises(codec.TraceError, match=f"Line 1: not JSON .{word} is no number"):
        codec.read([header.replace('"params":{}', f'"params":{{"x":{word}}}', 1), *events])
    with pytest.raises(codec.TraceError, match=f"Line 3: not JSON .{word} is no number"):
        codec.read([header, events[0], events[1].replace("{", f'{{"odd":[{word}],', 1), *events[2:]])


def test_a_number_beyond_64_bits_stays_whole(way: str) -> None:
    header = (GOLDEN / "threads.ndjson").read_text(encoding="utf-8").splitlines()[0]
    event = {"seq": 0, "ts_ns": 1, "kind": "semaphore.created", "by": "probe", "pid": 1, "tid": 1, "obj": "1.1"}
    event |= {"permits": (1 << 70) + 1, "type": "Semaphore", "file": "p.py", "line": 1}
    more = {**event, "seq": 1}
    assert codec.read([header, json.dumps(event), json.dumps(more)]).events == [event, more]
