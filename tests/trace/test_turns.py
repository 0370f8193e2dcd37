"""How a process's threads share its GIL, on made states."""

from concurrency_lab.trace.turns import NOTHING, RUNS, WANTS_CORE, WANTS_GIL, Turns


def shared(*wishes: tuple[int, int]) -> Turns:
    """Two threads that want this, for 10 ns each time."""
    turns = Turns(0)
    before = wishes[0]
    for wanted in before:
        turns.begin(0, wanted)
    for number, after in enumerate([*wishes[1:], wishes[-1]], 1):
        for one, other in zip(before, after, strict=True):
            turns.change(10 * number, one, other)
        before = after
    return turns


def test_threads_that_compute_by_turns() -> None:
    turns = shared((RUNS, WANTS_GIL), (WANTS_GIL, RUNS), (RUNS, WANTS_GIL))
    assert (turns.contended_ns, turns.share) == (30, 1.0)


def test_who_runs_alone_or_beside_another_is_not_held_up() -> None:
    assert shared((RUNS, NOTHING), (RUNS, RUNS), (NOTHING, NOTHING)).contended_ns == 0


def test_waits_of_a_process_that_mostly_sleeps_are_few() -> None:
    assert shared((RUNS, WANTS_GIL), *[(NOTHING, NOTHING)] * 9).share == 0.1


def test_a_machine_that_is_busy_elsewhere_changes_no_share() -> None:
    """While nobody of it has a core, nobody keeps anybody from computing."""
    starved = [(WANTS_CORE, WANTS_GIL)] * 50
    assert shared((RUNS, WANTS_GIL), *starved, (NOTHING, RUNS)).share == 0.5
