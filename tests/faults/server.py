"""Faults of the server's own surroundings: its clock jumps, it has no descriptor left."""

import contextlib
import itertools
import os
import resource
import shutil
import socket
import sqlite3
import struct
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.faults import truth
from tests.faults.lab import Bench, Lab, NotThere
from tests.faults.rows import Sample, Target, row
from tests.web.watcher import Collector, Watcher

_JUMPS_S = (3600, -3600, 0)
# What `date -s` would do, to one server and its runs only: they see the time of day moved by what a file says.
_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset_s(void) {
    static volatile long *moved;
    if (!moved) {
        int fd = open(getenv("LAB_CLOCK"), O_RDONLY);
        void *page = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
        if (page == MAP_FAILED) return 0;
        moved = page;
    }
    return *moved;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += offset_s();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (kept) *kept = precise.tv_sec;
    return precise.tv_sec;
}
"""


class _Clock:
    """The time of day of one server, which can be set."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise NotThere("a clock of the server's own needs a C compiler")
        self._file = folder / "clock"
        source, library = folder / "clock.c", folder / "clock.so"
        source.write_text(_CLOCK)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
        self._file.write_bytes(bytes(8))
        self._file.chmod(0o644)
        self.environ = {"LD_PRELOAD": str(library), "LAB_CLOCK": str(self._file)}

    def move(self, seconds: int) -> None:
        with open(self._file, "r+b") as file:
            file.write(struct.pack("l", seconds))


@row(
    "clock-jump",
    "The clock jumps by an hour, forth and back, during a run",
    Target("runs lost", 0, 0),
    Target("pages refused", 0, 0),
    Target("events missed", 0, 0),
    Target("backwards in the trace", 0, 0),
    quick=True,
    most=10,
)
def clock_jump(bench: Bench, times: int) -> Iterator[Sample]:
    clock = _Clock(bench.new_folder())
    with bench.serving("events", wall_s=3, environ=clock.environ) as lab:
        for _ in range(times):
            run_id = lab.start("events")
            watcher = Collector(lab.url, lab.token, run_id)
            watcher.start()
            refused = 0
            for number, jump_s in enumerate(_JUMPS_S):
                lab.wait_events(run_id, 200 * (number + 1))
                clock.move(jump_s)
                # A page that was opened before still works, one that is opened now, too.
                refused += int(lab.http.delete(f"{lab.url}/api/runs/nobody", timeout=10).status_code != 404)
                refused += int(_is_refused(lab, lab.token)) + int(_is_refused(lab, lab.page("/")["token"]))
            ended = lab.wait_ended(run_id)
            seen = watcher.result()
            times_ns = [event["ts_ns"] for event in seen]
            lab.wait_free()
            yield {
                "runs lost": int(ended["status"] != "limited"),
                "pages refused": refused,
                "events missed": ended["events"] - len(seen),
                "backwards in the trace": sum(b < a for a, b in itertools.pairwise(times_ns)),
            }


def _is_refused(lab: Lab, token: str) -> bool:
    try:
        Watcher(lab.url, token).close()
    except Exception:
        return True
    return False


@row(
    "no-descriptor",
    "The server has no descriptor left; then it has again",
    Target("runs that stay open", 0, 0),
    Target("answers again after", 2, 2, "s"),
    Target("runs refused afterwards", 0, 0),
    Target("CPU while it has none", None, None, "%"),
    quick=True,
    most=10,
)
def no_descriptor(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("brief") as lab:
        for _ in range(times):
            ids = _run_ids(lab)
            lab.http.get(f"{lab.url}/healthz", timeout=10)
            cpu = _starve(lab)
            lab.http.close()
            began_s = time.monotonic()
            answers_s = truth.wait_until(lambda: _answers(lab), "the server answers again") - began_s
            run = lab.post("brief")
            refused = int(run.status_code != 201 or lab.wait_ended(run.json()["id"])["status"] != "finished")
            lab.wait_free()
            stay = sum(lab.run(run_id)["state"] != "ended" for run_id in _run_ids(lab) - ids)
            yield {
                "runs that stay open": stay,
                "answers again after": answers_s,
                "runs refused afterwards": refused,
                "CPU while it has none": cpu,
            }


def _starve(lab: Lab) -> float:
    """Take every descriptor from the server for a second, and press Run meanwhile; return its CPU in percent."""
    port = urllib.parse.urlsplit(lab.url).port
    pid = lab.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    # The limit is on a descriptor's number.
    allowed = _highest(pid) + 12
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (allowed, hard))
    try:
        with contextlib.ExitStack() as opened:
            for _ in range(40):
                opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            truth.wait_until(lambda: _highest(pid) == allowed - 1, "it has no descriptor left", 10)
            # This connection is an old one: the request arrives, and starting a run needs descriptors.
            with contextlib.suppress(requests.RequestException):
                lab.http.post(f"{lab.url}/api/runs", json=lab.body("brief"), timeout=2)
            cpu_s, began_s = truth.cpu_s(pid), time.monotonic()
            time.sleep(1.0)
            return 100 * (truth.cpu_s(pid) - cpu_s) / (time.monotonic() - began_s)
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))


def _highest(pid: int) -> int:
    return max(int(number) for number in os.listdir(f"/proc/{pid}/fd"))


def _run_ids(lab: Lab) -> set[str]:
    with contextlib.closing(sqlite3.connect(f"file:{lab.data}/runs.sqlite?mode=ro", uri=True)) as database:
        return {row[0] for row in database.execute("SELECT id FROM runs")}


def _answers(lab: Lab) -> bool:
    try:
        return requests.get(f"{lab.url}/", timeout=1).status_code == 200
    except requests.RequestException:
        return False
