"""Step mode: a forced order of real threads loses unguarded updates, none under a lock, and changes nothing else."""

import textwrap

from tests.probes.conftest import Lab

ON = {"CONCURRENCY_LAB_STEP": "1"}
TIMES = 15
# What is read and what is written stand in one statement, in two, and in a test with its consequence.
COUNTING = """
    import threading

    total = taken = 0
    seats = {{"k": 0}}
    lock = threading.Lock()

    class Account:
        def __init__(self):
            self.balance = 0

    account = Account()

    def pay():
        global total, taken
        for _ in range({times}):
            {guard}:
                total = total + 1
            {guard}:
                account.balance += 1
            {guard}:
                seats["k"] += 1
            {guard}:
                before = taken
                taken = before + 1

    threads = [threading.Thread(target=pay) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(total, account.balance, seats["k"], taken)
"""


def test_unguarded_updates_of_every_kind_of_variable_are_lost(lab: Lab) -> None:
    result = lab.run(COUNTING.format(times=TIMES, guard="if True"), **ON)
    # Most often just half of it is left. When they run on at once, who is first is not ours to say.
    assert all(int(number) < 2 * TIMES - 5 for number in result.stdout.split()), result.stdout
    overtaken = [event for event in result.trace.all("step.handed_over") if event["until"] == "written"]
    assert {event["name"] for event in overtaken} == {"total", "Account.balance", "seats['k']", "taken"}
    assert len(overtaken) >= 4 * TIMES
    # An arrow for each, from the thread that was held to the one that ran in between.
    arrows = [flow for flow in result.trace.fold().flows if flow[0] == "overtaken"]
    assert len(arrows) == len(overtaken)
    assert len({(held, other) for _, held, _, other, *_ in arrows if held != other}) == 2
    for (_, _, held_ns, _, written_ns, _), event in zip(arrows, overtaken, strict=True):
        assert held_ns <= written_ns <= event["ts_ns"]


def test_what_a_lock_guards_is_never_lost(lab: Lab) -> None:
    result = lab.run(COUNTING.format(times=TIMES, guard="with lock"), **ON)
    assert result.stdout == f"{2 * TIMES} {2 * TIMES} {2 * TIMES} {2 * TIMES}\n"
    # Whoever was held had the lock, and nobody came further than that.
    assert {event["until"] for event in result.trace.all("step.handed_over")} <= {"blocked"}


def test_two_pass_a_test_that_only_one_should(lab: Lab) -> None:
    result = lab.run(
        """
        import threading

        left = 1

        def take():
            global left
            if left > 0:
                left = left - 1

        threads = [threading.Thread(target=take) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(left)
        """,
        **ON,
    )
    assert result.stdout == "-1\n"


def test_a_thread_that_nobody_can_overtake_is_not_held(lab: Lab) -> None:
    source = """
        import threading

        count = 0

        def add():
            global count
            for _ in range(5):
                count += 1

        add()
        thread = threading.Thread(target=add)
        thread.start()
        thread.join()
        add()
        print(count)
    """
    result = lab.run(source, **ON)
    assert result.stdout == "15\n"
    # At most while the main thread is on its way to join().
    assert {event["until"] for event in result.trace.all("step.handed_over")} <= {"blocked"}


def test_nobody_is_held_for_long_by_one_that_only_computes(lab: Lab) -> None:
    result = lab.run(
        """
        import threading

        count = 0
        done = []

        def compute():
            while not done:
                pass

        def add():
            global count
            for _ in range(100):
                count += 1
            done.append(1)

        threads = [threading.Thread(target=compute), threading.Thread(target=add)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(count)
        """,
        **ON,
    )
    assert result.stdout == "100\n"
    assert [event["until"] for event in result.trace.all("step.handed_over")] == ["late"]


def test_programs_end_as_they_would_unstepped(lab: Lab) -> None:
    source = """
        import os
        import signal
        import sys
        import threading
        import traceback

        count = 0
        table = {}
        ready = threading.Event()

        class Stop(Exception):
            pass

        def on_signal(number, frame):
            raise Stop

        def strike():
            ready.wait()
            os.kill(os.getpid(), signal.SIGUSR1)

        def fail():
            global count
            table["missing"] += 1
            count += 1

        def numbers():
            global count
            for count in range(3):
                got = yield count
                count = count + 1
                print(count, got)

        def deep(level):
            global count
            count = count + deep(level + 1)

        signal.signal(signal.SIGUSR1, on_signal)
        thread = threading.Thread(target=strike)
        thread.start()
        try:
            ready.set()
            while True:
                count += 0
        except Stop:
            print("stopped", count)
        thread.join()
        for target in (fail, lambda: deep(0)):
            try:
                target()
            except (KeyError, RecursionError) as error:
                print(type(error).__name__)
        generator = numbers()
        next(generator)
        generator.send("x")
        print(sys.gettrace(), threading.gettrace(), count)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        count += undefined
    """
    plain = lab.run_plain(source)
    stepped = lab.run(source, code=1, **ON)
    assert (stepped.stdout, stepped.stderr) == (plain.stdout, plain.stderr)
    held = [event for event in stepped.trace.all("lane.blocked") if event["reason"] == "step"]
    assert len(held) == len(stepped.trace.all("step.handed_over"))


def test_a_forked_child_steps_by_itself(lab: Lab) -> None:
    source = """
        import os
        import threading

        count = 0

        def add():
            global count
            for _ in range(10):
                count += 1

        def both():
            threads = [threading.Thread(target=add) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        both()
        if os.fork() == 0:
            both()
            print(count, flush=True)
            os._exit(0)
        os.wait()
        print(count)
    """
    result = lab.run(source, **ON)
    assert result.stdout == "20\n10\n"
    assert len({event["pid"] for event in result.trace.all("step.handed_over")}) == 2


def _run_with_warnings(lab: Lab, source: str) -> tuple[str, str, list[str]]:
    done = lab._run(lab.write(source), (), lab.environment(**ON))
    return done.stdout, done.stderr, [event["code"] for event in lab.trace().all("warning.raised")]


def test_a_mistake_of_ours_is_silent_and_counted(lab: Lab) -> None:
    broken = """
        import sys

        # Whatever asks who goes on fails from here on, in a file of ours.
        sys.modules["_concurrency_lab.probes.stepping"].walk.walkers = None
    """
    source = textwrap.dedent(broken) + textwrap.dedent(COUNTING.format(times=TIMES, guard="with lock"))
    expected = f"{2 * TIMES} {2 * TIMES} {2 * TIMES} {2 * TIMES}\n"
    assert _run_with_warnings(lab, source) == (expected, "", ["probe-failed"])


def test_a_long_loop_comes_to_its_end(lab: Lab) -> None:
    stdout, stderr, warnings = _run_with_warnings(lab, COUNTING.format(times=20_000, guard="if True"))
    assert stderr == ""
    assert warnings == ["step-enough"]
    assert len(lab.trace().all("step.handed_over")) <= 2010
    assert all(20_000 <= int(number) <= 40_000 for number in stdout.split())
