"""kill -9 of what holds runs together: server, warden, both, supervisors; and the start after a crash."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import truth
from tests.faults.lab import Bench, Lab
from tests.faults.programs import FAMILY
from tests.faults.rows import Sample, Target, row
from tests.faults.truth import Process

RUNS = 20
_TARGETS = (Target("processes left", 0, 0), Target("gone after", 1, 1, "s"))


def _grown(lab: Lab, runs: int, program: str = "family", processes: int = FAMILY) -> None:
    for _ in range(runs):
        lab.start(program)
    lab.wait_grown(runs * processes)


def _ours(lab: Lab) -> list[Process]:
    """Return what is left of the lab. When the machine's first process waits for a zombie is its own affair."""
    found = lab.everything()
    pids = {process.pid for process in found}
    return [process for process in found if not process.is_zombie or process.parent in pids]


def _kill(lab: Lab, name: str) -> None:
    for found in lab.of_name(name):
        os.kill(found.pid, signal.SIGKILL)


def _killed(bench: Bench, times: int, runs: int, kill: Callable[[Lab], None], server_dies: bool) -> Iterator[Sample]:
    for _ in range(times):
        with bench.serving("family", MAX_RUNS=runs) as lab:
            _grown(lab, runs)
            began_s = time.monotonic()
            kill(lab)
            if server_dies:
                gone_s = truth.wait_until(lambda: not _ours(lab), "nothing is left") - began_s
            else:
                gone_s = lab.wait_gone(began_s)
            yield {"gone after": gone_s, "processes left": lab.left()}


@row("kill-server", f"kill -9 of the server with {RUNS} runs of nine", *_TARGETS)
def kill_server(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _killed(bench, times, RUNS, Lab.kill, server_dies=True)


@row("kill-warden", f"kill -9 of the warden with {RUNS} runs of nine", *_TARGETS)
def kill_warden(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _killed(bench, times, RUNS, lambda lab: _kill(lab, "clab-warden"), server_dies=False)


@row("kill-both", f"kill -9 of server and warden with {RUNS} runs of nine", *_TARGETS)
def kill_both(bench: Bench, times: int) -> Iterator[Sample]:
    def both(lab: Lab) -> None:
        _kill(lab, "clab-warden")
        lab.kill()

    yield from _killed(bench, times, RUNS, both, server_dies=True)


@row("kill-supervisor", "kill -9 of the supervisor of nine survivors", *_TARGETS, quick=True)
def kill_supervisor(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("family") as lab:
        for _ in range(times):
            run_id = lab.start("family")
            lab.wait_grown(FAMILY)
            began_s = time.monotonic()
            _kill(lab, "clab-supervisor")
            yield {"gone after": lab.wait_gone(began_s), "processes left": lab.left()}
            assert lab.wait_ended(run_id)["status"] == "interrupted"
            lab.wait_free()


@row(
    "restart",
    "Start after a crash with 5 runs: what is left, and runs that are not marked interrupted",
    Target("processes left", 0, 0),
    Target("folders left", 0, 0),
    Target("runs not marked", 0, 0),
    Target("answers after", None, None, "s"),
    most=10,
)
def restart(bench: Bench, times: int) -> Iterator[Sample]:
    for _ in range(times):
        data = bench.new_folder() / "data"
        with bench.serving("family", data=data) as lab:
            runs = [lab.start("family") for _ in range(5)]
            lab.wait_grown(5 * FAMILY)
            wardens = [found.pid for found in lab.of_name("clab-warden")]
            # The warden too: it is what would have tidied up.
            _kill(lab, "clab-warden")
            lab.kill()
            truth.wait_until(lambda: not lab.everything(), "nothing is left")
            left = lab.left()
        began_s = time.monotonic()
        with bench.serving("steady", data=data) as lab:
            answers_s = time.monotonic() - began_s
            ended = [lab.run(run_id) for run_id in runs]
            marked = sum((run["state"], run["status"]) == ("ended", "interrupted") for run in ended)
            folders = [found for pid in wardens for found in Path("/dev/shm").glob(f"concurrency-lab-{pid}-*")]
            folders += list(data.glob("programs/*"))
            yield {
                "processes left": left,
                "folders left": len(folders),
                "runs not marked": len(runs) - marked,
                "answers after": answers_s,
            }
