"""Each limit, struck by a real program: an event with a sentence, and the run is over."""

import pytest

from .conftest import Lab

PROGRAMS = {
    "wall_s": ("import time; time.sleep(600)", 0.4),
    "processes": (
        """
        import threading
        for _ in range(40):
            threading.Thread(target=threading.Event().wait).start()
        """,
        20,
    ),
    "memory_mb": (
        "import time\nkept = bytearray(200 << 20)\nfor i in range(0, len(kept), 4096): kept[i] = 1\ntime.sleep(600)",
        100,
    ),
    "output_bytes": ("while True: print('x' * 1000)", 500_000),
}


@pytest.mark.parametrize("limit", PROGRAMS)
def test_a_limit_strikes(lab: Lab, limit: str) -> None:
    program, value = PROGRAMS[limit]
    trace, fold = lab.record(program, **{limit: value})
    (struck,) = (event for event in trace.events if event["kind"] == "run.limited")
    assert (struck["limit"], struck["value"]) == (limit, value)
    ended = trace.events[-1]
    assert (ended["status"], ended["text"]) == ("limited", struck["text"])
    assert ended["signal"] == 9
    assert [text for _, code, text in fold.warnings if code == limit] == [struck["text"]]


def test_a_run_within_its_limits_is_left_alone(lab: Lab) -> None:
    trace, _ = lab.record("print('fine')", wall_s=30, processes=8, memory_mb=200, output_bytes=1000)
    assert (trace.events[-1]["status"], trace.events[-1]["exit_code"]) == ("finished", 0)


def test_a_fork_bomb_does_not_keep_the_supervisor_from_looking(lab: Lab) -> None:
    """Where hundreds made files in the run's folder, the supervisor waited for its lock beyond the run's time."""
    bomb = """
        import os
        while True:
            try: os.fork()
            except OSError: pass
    """
    for _ in range(3):
        trace, _ = lab.record(bomb, wall_s=10, processes=64)
        (struck,) = (event for event in trace.events if event["kind"] == "run.limited")
        assert struck["limit"] == "processes"
