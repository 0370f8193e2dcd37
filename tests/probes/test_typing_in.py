"""Waits for input."""

import time

from tests.probes.conftest import Lab

ASKS = """
    import sys

    print("begin", flush=True)
    name = input("name? ")
    line = sys.stdin.readline()
    rest = list(sys.stdin)
    print(name, repr(line), rest, sys.stdin.mode, sys.stdin is sys.__stdin__, repr(sys.stdin))
    try:
        input()
    except EOFError as error:
        print(error)
"""


def test_who_waits_for_input_says_so(lab: Lab) -> None:
    program = lab.start(ASKS)
    assert program.stdin is not None
    for line, count in ((5, 1), (6, 2), (7, 3)):
        _wait_until_blocked(lab, count)
        assert lab.trace().all("lane.blocked", reason="input")[-1]["line"] == line
        program.stdin.write(f"line {line}\n")
        program.stdin.flush()
    out, error = program.communicate(timeout=50)
    assert error == ""
    assert out.endswith("line 5 'line 6\\n' ['line 7\\n'] r True <_io.TextIOWrapper name='<stdin>' mode='r' "
                        "encoding='utf-8'>\nEOF when reading a line\n")  # fmt: skip


def _wait_until_blocked(lab: Lab, count: int) -> None:
    deadline = time.monotonic() + 20
    while len(lab.trace().all("lane.blocked", reason="input")) < count:
        assert time.monotonic() < deadline, "nobody waits for input"
        time.sleep(0.005)


def test_without_a_terminal_it_reads_the_same(lab: Lab) -> None:
    lab.assert_same("""
        import sys
        print(sys.stdin.read(), sys.stdin.encoding, sys.stdin.newlines, sys.stdin.line_buffering)
        try:
            input("? ")
        except EOFError:
            print("end")
        try:
            input(1, 2)
        except TypeError as error:
            print(error)
    """)
