"""Runs that do not want to end: whether anything of them is left, and after how long."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

from tests.faults import truth
from tests.faults.lab import L1, Bench, Lab, NotThere
from tests.faults.programs import FAMILY, MOVING
from tests.faults.rows import Sample, Target, row
from tests.web.watcher import Watcher

_WALL_S = 1.5
_LEFT = Target("processes left", 0, 0)


def _stop(lab: Lab, run_id: str) -> Sample:
    began_s = time.monotonic()
    assert lab.stop(run_id) == 202
    gone_s = lab.wait_gone(began_s)
    # What many short processes have told is read to its end first: on a busy machine that takes a while.
    lab.wait_free()
    assert lab.run(run_id)["status"] == "stopped"
    return {"gone after": gone_s, "processes left": lab.left()}


def _stop_grown(bench: Bench, times: int, program: str, processes: int, **settings: Any) -> Iterator[Sample]:
    with bench.serving(program, **settings) as lab:
        for _ in range(times):
            run_id = lab.start(program)
            lab.wait_grown(processes)
            yield _stop(lab, run_id)


@row("stop", "Stop of nine survivors of every sort", _LEFT, Target("gone after", 3, 0.5, "s"), quick=True)
def stop(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _stop_grown(bench, times, "family", FAMILY)


@row("daemon", "Stop of a daemon with empty environment, no descriptors", _LEFT, Target("gone after", 3, 0.5, "s"))
def daemon(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _stop_grown(bench, times, "daemon", 2)


@row("mover", "Stop of 64 processes that fork and move on and on", _LEFT, Target("gone after", 10, 2, "s"), most=10)
def mover(bench: Bench, times: int) -> Iterator[Sample]:
    # More than pasted code may have: it is to be stopped, not limited.
    with bench.serving("mover", LIMITS={"processes": 200}) as lab:
        for _ in range(times):
            run_id = lab.start("mover")
            truth.wait_until(lambda: lab.of_name(MOVING), "64 processes move")
            yield _stop(lab, run_id)


def _until_time_is_over(bench: Bench, times: int, program: str, processes: int) -> Iterator[Sample]:
    with bench.serving(program, wall_s=_WALL_S) as lab:
        for _ in range(times):
            run_id = lab.start(program)
            due_s = lab.started_s(run_id) + _WALL_S
            lab.wait_grown(processes)
            late_s = lab.wait_gone(due_s)
            yield {"late by": late_s, "processes left": lab.left()}
            assert lab.wait_ended(run_id)["status"] == "limited"
            lab.wait_free()


@row("time-out", "Time-out of nine survivors", _LEFT, Target("late by", 1, 1, "s"), quick=True)
def time_out(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _until_time_is_over(bench, times, "family", FAMILY)


@row("deaf", "Standard output closed, all signals ignored: ends in time", _LEFT, Target("late by", 1, 1, "s"), most=10)
def deaf(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _until_time_is_over(bench, times, "deaf", 1)


@row("zombies", "100 zombies that their parent does not wait for, after Stop", _LEFT, Target("gone after", 3, 0.5, "s"))
def zombies(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("zombies") as lab:
        for _ in range(times):
            run_id = lab.start("zombies")
            truth.wait_until(lambda: sum(found.is_zombie for found in lab.of_runs()) >= 100, "100 zombies")
            yield _stop(lab, run_id)


@row(
    "orphans",
    "100 orphans that end while the run goes on: zombies unreaped",
    Target("zombies", 0, 0),
    Target("reaped after", 3, 1, "s"),
    _LEFT,
)
def orphans(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("orphans") as lab:
        for _ in range(times):
            run_id = lab.start("orphans")
            lab.wait_grown(90)
            truth.wait_until(lambda: len(lab.programs()) <= 1, "the orphans have ended")
            began_s = time.monotonic()
            reaped_s = truth.wait_until(lambda: not any(p.is_zombie for p in lab.of_runs()), "no zombie", 10) - began_s
            yield {"zombies": 0, "reaped after": reaped_s, "processes left": _stop(lab, run_id)["processes left"]}


@row("stopped-supervisor", "SIGSTOP of the supervisor, then Stop", _LEFT, Target("gone after", 3, 3, "s"), quick=True)
def stopped_supervisor(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("family") as lab:
        for _ in range(times):
            run_id = lab.start("family")
            lab.wait_grown(FAMILY)
            for found in lab.of_name("clab-supervisor"):
                os.kill(found.pid, signal.SIGSTOP)
            yield _stop(lab, run_id)


@row(
    "stops-its-supervisor",
    "A run that stops its supervisor again and again: ends in time",
    _LEFT,
    Target("late by", 3, 3, "s"),
    most=10,
)
def stops_its_supervisor(bench: Bench, times: int) -> Iterator[Sample]:
    yield from _until_time_is_over(bench, times, "stops-its-supervisor", 2)


@row("kills-its-supervisor", "A run that kills its supervisor ends with it", _LEFT, Target("gone after", 1, None, "s"))
def kills_its_supervisor(bench: Bench, times: int) -> Iterator[Sample]:
    if bench.layer != L1:
        raise NotThere("in L2 the supervisor is pid 1 of the run: see the row below")
    with bench.serving("kills-its-supervisor") as lab:
        for _ in range(times):
            run_id = lab.start("kills-its-supervisor")
            lab.wait_grown(2)
            began_s = truth.wait_until(lambda: not lab.of_name("clab-supervisor"), "the supervisor is killed")
            yield {"gone after": lab.wait_gone(began_s), "processes left": lab.left()}
            lab.wait_ended(run_id)
            lab.wait_free()


@row(
    "pid-1",
    "A run that kills and stops pid 1: what is hurt, besides itself",
    Target("supervisors lost", None, 0),
    _LEFT,
)
def pid_1(bench: Bench, times: int) -> Iterator[Sample]:
    if bench.layer == L1:
        raise NotThere("in L1 pid 1 is the machine's, which no test may hurt")
    with bench.serving("kills-pid-1") as lab:
        for _ in range(times):
            run_id = lab.start("kills-pid-1")
            truth.wait_until(
                lambda run_id=run_id: any("tried" in line for line in lab.trace(run_id)[1:]), "it has tried"
            )
            lost = int(not lab.of_name("clab-supervisor")) + int(len(lab.programs()) < 2)
            yield {"supervisors lost": lost, "processes left": _stop(lab, run_id)["processes left"]}


@row(
    "finished-thread",
    "A run that a finished thread of the server started lives to its end",
    Target("runs lost", 0, 0),
    quick=True,
    most=10,
)
def finished_thread(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("brief", arguments=("--async", "threading")) as lab:
        for _ in range(times):
            # Without keep-alive the thread that takes the request ends with its answer.
            lab.http.headers["Connection"] = "close"
            run_id = lab.start("brief")
            threads = truth.look(lab.process.pid)
            assert threads is not None
            lab.wait_grown(1)
            truth.wait_until(lambda: not lab.of_runs(), "the run has ended by itself")
            ended = lab.wait_ended(run_id)
            said = "".join(lab.trace(run_id))
            yield {"runs lost": int(ended["status"] != "finished" or "ends" not in said)}


@row("last-viewer", "The last viewer leaves a run that asked to end then", _LEFT, Target("gone after", 2, 2, "s"))
def last_viewer(bench: Bench, times: int) -> Iterator[Sample]:
    if not bench.posts_code:
        raise NotThere("a lesson's run goes on without viewers; that of the playground does not: --code")
    with bench.serving("family") as lab:
        for _ in range(times):
            run_id = lab.start("family")
            watcher = Watcher(lab.url, lab.token)
            assert watcher.ask("watch", {"run": run_id, "since": -1})["ok"]
            lab.wait_grown(FAMILY)
            began_s = time.monotonic()
            watcher.close()
            yield {"gone after": lab.wait_gone(began_s), "processes left": lab.left()}
            lab.wait_ended(run_id)
            lab.wait_free()
