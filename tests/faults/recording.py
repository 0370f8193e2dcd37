"""What was acknowledged stays: kill -9 in the middle of recording, and a disk that is full."""

import contextlib
import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults import truth
from tests.faults.lab import Bench, Lab, NotThere
from tests.faults.rows import Sample, Target, row
from tests.web.watcher import Collector

# So often for each time that is asked for: 20 times are the 100 that were promised.
_KILLS = 5
_RUNS = 3


@row(
    "kill-recording",
    f"kill -9 of the server while it records {_RUNS} runs ({_KILLS} kills each time)",
    Target("acknowledged events lost", 0, 0),
    Target("gaps", 0, 0),
    Target("runs not marked", 0, 0),
    Target("events checked", None, None),
)
def kill_recording(bench: Bench, times: int) -> Iterator[Sample]:
    dice = random.Random(6)
    data = bench.new_folder() / "data"
    for _ in range(times):
        total: dict[str, float] = dict.fromkeys(("acknowledged events lost", "gaps", "runs not marked"), 0)
        total["events checked"] = 0
        watched: list[Collector] = []
        for kill in range(_KILLS + 1):
            with bench.serving("events", data=data) as lab:
                _check(lab, watched, total)
                if kill == _KILLS:
                    break
                watched = _record_and_kill(lab, dice.uniform(0, 0.4))
        yield total


def _record_and_kill(lab: Lab, after_s: float) -> list[Collector]:
    """Return who watched the runs, with what they had seen when the server was killed."""
    watched = [Collector(lab.url, lab.token, lab.start("events")) for _ in range(_RUNS)]
    for watcher in watched:
        watcher.start()
    truth.wait_until(lambda: all(watcher.events for watcher in watched), "all are watched")
    time.sleep(after_s)
    lab.kill()
    for watcher in watched:
        watcher.join(20)
    return watched


def _check(lab: Lab, watched: list[Collector], total: dict[str, float]) -> None:
    """Compare what watchers saw before the kill with what is there after it."""
    for watcher in watched:
        events = [json.loads(line) for line in lab.trace(watcher.run_id)[1:]]
        total["events checked"] += len(watcher.events)
        total["acknowledged events lost"] += sum(
            seen != kept for seen, kept in zip(watcher.events, events, strict=False)
        ) + max(0, len(watcher.events) - len(events))
        total["gaps"] += int([event["seq"] for event in events] != list(range(len(events))))
        run = lab.run(watcher.run_id)
        total["runs not marked"] += int((run["state"], run["status"]) != ("ended", "interrupted"))


@contextlib.contextmanager
def _small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    """Mount a small file system in memory."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode != 0:
        raise NotThere("a small disk can be mounted by root only")
    try:
        os.chmod(folder, 0o777)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@row(
    "full-disk",
    "The server's disk is full",
    Target("answers other than a clear error", 0, 0),
    Target("acknowledged runs damaged", 0, 0),
    Target("processes left", 0, 0),
    Target("runs that stay open", 0, 0),
    Target("runs lost after room is made", 0, 0),
    quick=os.geteuid() == 0,
    most=5,
)
def full_disk(bench: Bench, times: int) -> Iterator[Sample]:
    for _ in range(times):
        with (
            _small_disk(bench.new_folder(), 12) as disk,
            bench.serving("brief", "events", data=disk / "data") as lab,
        ):
            kept = lab.start("brief")
            lab.wait_ended(kept)
            before = lab.trace(kept)
            cut = lab.start("events")
            lab.wait_events(cut, 100)
            ballast = disk / "ballast"
            with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
            lab.wait_free()
            answer = lab.post("brief")
            is_clear = answer.status_code in (503, 507) and "disk" in answer.json()["detail"].lower()
            truth.wait_until(lambda: not lab.of_runs(), "what could not be recorded is ended")
            left = lab.left()
            damaged = int(lab.trace(kept) != before) + int(not _is_whole(lab.trace(cut)))
            ballast.unlink()
            stay = _stays_open(lab, cut)
            again = lab.post("brief")
            lost = int(again.status_code != 201 or lab.wait_ended(again.json()["id"])["status"] != "finished")
            yield {
                "answers other than a clear error": int(not is_clear),
                "acknowledged runs damaged": damaged,
                "processes left": left,
                "runs that stay open": stay,
                "runs lost after room is made": lost,
            }


def _stays_open(lab: Lab, run_id: str) -> int:
    """Return 1 where a run that could not be recorded to its end is told as going on for ever."""
    with contextlib.suppress(AssertionError):
        truth.wait_until(lambda: lab.run(run_id)["state"] == "ended", "it is marked", 5)
        return 0
    return 1


def _is_whole(lines: list[str]) -> bool:
    events = [json.loads(line) for line in lines[1:]]
    return [event["seq"] for event in events] == list(range(len(events)))
