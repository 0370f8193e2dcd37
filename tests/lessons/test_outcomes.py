"""What a run came to, as repeated runs are counted by: short output as a whole, and how it ended."""

from typing import Any

from concurrency_lab.lessons.catalogue import load_catalogue, outcomes
from concurrency_lab.trace import codec
from tests.golden.make import GOLDEN


def of_golden(*more_output: str) -> dict[str, Any]:
    with (GOLDEN / "threads.ndjson").open(encoding="utf-8") as lines:
        trace = codec.read(lines)
    events = list(trace.events)
    printed = next(event for event in events if event["kind"] == "output.written")
    at = len(events) - 1
    events[at:at] = [{**printed, "text": text} for text in more_output]
    lesson = load_catalogue().lessons[0]
    return outcomes(lesson, trace.header | {"params": {"N": 2}}, events)


def test_short_output_is_told_as_a_whole_with_the_end_and_the_parameters() -> None:
    found = of_golden("first\n", "sec", "ond\n")
    assert found["output"].endswith("first\nsecond")
    assert (found["ended"]["status"], found["ended"]["exit_code"]) == ("finished", 0)
    assert found["params"] == {"N": 2}


def test_output_that_nobody_reads_at_a_glance_is_told_by_its_last_line_only() -> None:
    for much in (["line\n"] * 20, ["x" * 700 + "\n"]):
        found = of_golden(*much, "the last\n")
        assert found["output"] is None
        assert found["numbers"]["printed"] == "the last"
