"""Supervises one run from its first instant to its last: the loop that everything outside meets in."""

import contextlib
import functools
import gc
import math
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from concurrency_lab.supervisor import containment, inside, launch, procfs
from concurrency_lab.supervisor.bombs import BombWatch
from concurrency_lab.supervisor.lifecycle import Lifecycle
from concurrency_lab.supervisor.limits import Kept, LimitWatch, in_file_systems, in_folder
from concurrency_lab.supervisor.merge import Merger
from concurrency_lab.supervisor.outbox import Outbox
from concurrency_lab.supervisor.output import ProgramOutput
from concurrency_lab.supervisor.sampler import Sampler
from concurrency_lab.supervisor.segments import Segments
from concurrency_lab.supervisor.sources import Sources
from concurrency_lab.supervisor.spec import RunSpec
from concurrency_lab.trace.findings import Finding, Watch

Event = dict[str, Any]

# How often the segments are read, at most; threads may be looked at more often.
COLLECT_S = 0.005
# Read from one process before the others get their turn: 10 to 20 ms of work.
_MOST_AT_ONCE = 8_000
# However much there is to take in, so long at a time: then time-out, limits and whoever says stop get their turn.
_TURN_S = 0.1
_FIRST_LAG_NS = 500_000_000
# Between two looks at all processes there is so many times what one took: a tenth of a core at most. More where
# memory is limited: 40 processes fill 400 MB while as many are left alone for ten times what a look at them takes.
_REST = 10
_REST_OF_MEMORY = 4
# How soon a run is looked at again that has used half of its memory.
_NEAR_S = 0.01
_LIFECYCLE_KINDS = frozenset({"process.reaped", "process.forked", "process.spawned"})

# Looks at all processes after which one that says nothing is spoken for; a Python that has probes
# needs a moment before its first word, on a busy machine a long one.
_SILENT_LOOKS = 3
_SILENT_LOOKS_OF_PYTHON = 20

# Long enough for a probe that was switched out between reading the clock and writing its record.
HOLD_BACK_NS = 40_000_000


class Supervisor:
    """One run. `control` is our end of the socket pair: events go out, `stop` or end of file come in."""

    def __init__(
        self,
        spec: RunSpec,
        header: Event,
        control: socket.socket,
        folder: str,
        on_all_ended: Callable[[], object] = lambda: None,
    ) -> None:
        self._spec = spec
        self._on_all_ended = on_all_ended
        self._warden = os.getppid()
        self._control = control
        self._poller = select.epoll()
        self._outbox = Outbox(control, self._poller)
        self._sources = Sources(spec, header)
        self._segments = Segments(folder, self._sources.name)
        self._folder = folder
        self._start_ns = time.monotonic_ns()
        self._limits = LimitWatch(spec.limits, functools.partial(_kept, spec.jail, folder))
        self._merger = Merger(self._start_ns, spec.limits.events, self._limits.events_struck())
        self._lifecycle = Lifecycle(self._merger, self._poller)
        self._sampler = Sampler()
        # In a jail the kernel refuses what is too many.
        self._bombs = BombWatch(os.getpid(), None if spec.jail else spec.limits.processes)
        self._output = ProgramOutput(self._poller)
        self._next_collect_s = 0.0
        # whether there is more to read than was read at the last look, and from when on that is told
        self._is_behind = False
        self._read_to_ns = self._start_ns
        # who is not read yet in this round, up to when all is known after it, and whether there is more
        self._left: list[int] = []
        self._round_to_ns = self._start_ns
        self._has_more = False
        self._sent_to_ns = self._start_ns
        self._told_lag_ns = _FIRST_LAG_NS
        self._watch = Watch()
        self._watch_failed = False
        self._status = "finished"
        self._reason: str | None = None
        self._unprobed: dict[int, int] = {}
        self._named: set[int] = set()
        self._next_scan_s = 0.0
        self._next_check_s = 0.0
        self._outbox.put_all([{**header, "started_monotonic_ns": self._start_ns}])

    def run(self) -> None:
        """Start the program, follow it, end what is left of it, and say how it ended."""
        # Whatever the program does to us, it is known which one it was.
        self._outbox.flush()
        self._say({"kind": "run.started", "by": "os", "cpus": len(os.sched_getaffinity(0))})
        try:
            self._start()
        except OSError as error:
            self._status = "failed"
            self._reason = f"The program could not be started: {error}."
        else:
            self._follow()
            self._end_all()
        if not self._outbox.is_closed:
            self._finish()

    def _say(self, event: Event) -> None:
        self._merger.add(time.monotonic_ns(), event)

    def _start(self) -> None:
        containment.become_subreaper()
        pipes = self._output.pipes() if self._spec.capture_output else None
        pid = launch.start_program(self._spec, self._folder, pipes)
        # From here on nothing of this is inherited by the program.
        containment.prefer_promptness()
        containment.allow_many_files()
        # What is here now stays to the end: no need to look through it for garbage again and again.
        gc.freeze()
        if pipes:
            self._output.close_writers()
        self._bombs.start()
        self._lifecycle.main = pid
        self._lifecycle.watch(pid, os.getpid())
        self._control.setblocking(False)
        self._poller.register(self._control, select.EPOLLIN)

    # -- while it runs -------------------------------------------------------------------------------

    def _follow(self) -> None:
        while self._reason is None:
            self._wait(0 if self._is_behind else self._sampler.period_s)
            read_from_ns = time.monotonic_ns()
            if read_from_ns / 1e9 >= self._next_collect_s:
                self._next_collect_s = read_from_ns / 1e9 + COLLECT_S
                read_to_ns = self._collect(read_from_ns)
                self._lifecycle.look()
                self._send(min(read_to_ns - HOLD_BACK_NS, self._sampler.told_to_ns))
                self._watch_lag(read_from_ns - read_to_ns)
            self._merger.extend(self._sampler.sample(self._segments.processes, self._lifecycle.ended))
            if self._bombs.count:
                self._strike(self._limits.too_many(self._bombs.count))
            elif time.monotonic() >= self._next_scan_s:
                if not self._scan():
                    return
            elif self._limits.is_near and time.monotonic() >= self._next_check_s:
                self._check_limits(list(procfs.descendants(os.getpid())))
            if os.getppid() != self._warden:
                # Nobody is left to end us; so we end the run.
                self._stop("interrupted", "The server that started this run is gone.")

    def _wait(self, timeout_s: float, turn_s: float = _TURN_S) -> None:
        # Who says stop is heard before thousands of processes that have ended are looked at.
        ready = sorted(self._poller.poll(timeout_s), key=lambda found: found[0] != self._control.fileno())
        until_s = time.monotonic() + turn_s
        for fd, mask in ready:
            if self._lifecycle.owns(fd):
                pid = self._lifecycle.pid_of(fd)
                # What its threads said last is taken in before what the OS counted for them.
                if pid in self._segments.processes and not self._outbox.is_full:
                    self._take_in(pid)
                self._merger.extend(self._sampler.end_process(pid))
                self._lifecycle.on_readable(fd)
            elif self._output.owns(fd):
                self._output.on_readable(fd)
            elif fd == self._control.fileno():
                self._on_control(mask)
            if time.monotonic() > until_s:
                # The others are ready the next time, too.
                return

    def _on_control(self, mask: int) -> None:
        if mask & select.EPOLLOUT:
            self._outbox.flush()
        if mask & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            try:
                said = self._control.recv(4096)
            except BlockingIOError:
                return
            except OSError:
                said = b""
            if not said:
                self._stop("interrupted", "Whoever started this run is gone.")
                self._poller.unregister(self._control)
                self._outbox.close()
            elif b"stop" in said:
                self._stop("stopped", "Stopped on request.")

    def _stop(self, status: str, reason: str) -> None:
        if self._reason is None:
            self._status, self._reason = status, reason

    def _collect(self, now_ns: int) -> int:
        """Take in some of what the probes have written; return up to when everything is known.

        Nothing is taken in while the reader of our events is far behind. What is not read yet stays in the
        segments, in their order: that is where events may pile up, and where the probes count what they drop.
        """
        if self._outbox.is_full:
            return self._read_to_ns
        for pid in self._segments.find_new():
            self._lifecycle.watch(pid)
            self._unprobed.pop(pid, None)
        if not self._left:
            living = [pid for pid, process in self._segments.processes.items() if not process.is_over]
            self._left, self._round_to_ns, self._has_more = living[::-1], now_ns, False
        until_s = time.monotonic() + _TURN_S
        while self._left:
            if time.monotonic() > until_s:
                self._is_behind = True
                return self._read_to_ns
            process = self._segments.processes[self._left.pop()]
            self._take_in(process.pid)
            if process.has_more:
                self._has_more = True
                self._round_to_ns = min(self._round_to_ns, process.read_to_ns)
        for event in self._sources.take_new():
            self._say(event)
        self._is_behind = self._has_more
        self._read_to_ns = self._round_to_ns
        return self._read_to_ns

    def _take_in(self, pid: int) -> None:
        """Take in some of what the probes of one process have written."""
        stamped = self._segments.processes[pid].read(pid in self._lifecycle.ended, _MOST_AT_ONCE)
        for _, event in stamped:
            if event["kind"] in _LIFECYCLE_KINDS:
                self._note(pid, event)
        self._merger.extend(stamped)

    def _note(self, pid: int, event: Event) -> None:
        """Take from a probe's word on a child what helps to watch it."""
        if event["kind"] == "process.reaped":
            self._lifecycle.on_reaped_by_parent(event["child"])
            return
        self._lifecycle.watch(event["child"], pid)
        if event.get("name"):
            self._named.add(event["child"])

    def _watch_lag(self, lag_ns: int) -> None:
        """Say it when the trace falls behind the program: after half a second, and each time that doubles."""
        if lag_ns > self._told_lag_ns:
            self._told_lag_ns = 2 * lag_ns
            text = (
                f"The program makes events faster than they can be taken in: what is told is {lag_ns / 1e9:.1f} s "
                "behind what happens. Nothing is lost as long as no dropped events are counted."
            )
            self._say({"kind": "warning.raised", "by": "os", "code": "lagging", "text": text})

    def _send(self, until_ns: int | None) -> None:
        events = self._merger.flush(until_ns)
        for event in events:
            if event["kind"] == "output.written":
                self._output.account(event)
        self._look(self._watch.take_all, events)
        self._outbox.put_all(events)
        if until_ns is not None:
            self._sent_to_ns = until_ns
            self._look(self._watch.advance, until_ns - self._start_ns)
        self._outbox.flush()
        if self._merger.is_cut and self._reason is None:
            self._stop("limited", self._limits.events_struck()["text"])

    def _collect_rest(self) -> None:
        """Everything has ended: take in all that was written, as fast as our reader takes it."""
        while not self._merger.is_cut:
            now_ns = time.monotonic_ns()
            read_to_ns = self._collect(now_ns)
            self._watch_lag(now_ns - read_to_ns)
            self._send(read_to_ns - HOLD_BACK_NS)
            if self._outbox.is_full:
                if not self._outbox.wait_for_room():
                    return
            elif not self._is_behind:
                return

    def _count_rest(self) -> None:
        """A trace that is as long as it may be: say how much of what was written is not told."""
        self._segments.find_new()
        dropped = self._merger.dropped
        for pid, process in self._segments.processes.items():
            dropped[pid] = dropped.get(pid, 0) + process.skip_rest()
        for pid, count in dropped.items():
            if count:
                self._say({"kind": "run.events_dropped", "by": "os", "pid": pid, "tid": pid, "count": count})

    def _look(self, look: Callable[..., list[Finding]], value: Any) -> None:
        """Say what the watch finds. Its own mistake ends the watch, never the run."""
        if self._watch_failed:
            return
        try:
            for finding in look(value):
                self._say({"kind": "finding.made", "by": "inferred", **finding._asdict()})
        except Exception as error:
            self._watch_failed = True
            text = (
                f"The search for mistakes failed ({type(error).__name__}); the trace is whole, findings may be missing."
            )
            self._say({"kind": "warning.raised", "by": "os", "code": "watch-failed", "text": text})

    def _scan(self) -> bool:
        """Look at all processes and at the limits; return whether any process is left."""
        # Exact looks at memory have a budget of their own.
        began_s = time.thread_time() - self._limits.exact_s
        self._lifecycle.find_orphans()
        self._lifecycle.reap()
        below = list(procfs.descendants(os.getpid()))
        for found in below:
            self._lifecycle.watch(found.pid, found.ppid)
            self._notice_unprobed(found)
        for event in self._output.unattributed(self._lifecycle.main, self._sent_to_ns):
            self._say(event)
        self._check_limits(below)
        # With many processes the look itself gets dear.
        cost_s = time.thread_time() - self._limits.exact_s - began_s
        rest = _REST if self._spec.limits.memory_mb is None else _REST_OF_MEMORY
        self._next_scan_s = time.monotonic() + max(0.05, rest * cost_s)
        return bool(below) or self._lifecycle.main_status is None

    def _check_limits(self, below: list[procfs.Stat]) -> None:
        began_s = time.thread_time()
        elapsed_s = (time.monotonic_ns() - self._start_ns) / 1e9
        struck = self._limits.check(elapsed_s, below, self._output.total_bytes)
        if struck is not None:
            self._strike(struck)
        # At most half of a core.
        self._next_check_s = time.monotonic() + max(_NEAR_S, time.thread_time() - began_s)

    def _strike(self, limit: Event) -> None:
        self._say(limit)
        self._stop("limited", limit["text"])

    def _notice_unprobed(self, found: procfs.Stat) -> None:
        """Speak for a process that runs without probes (another program), once it has lasted some looks."""
        pid = found.pid
        if pid in self._segments.processes or found.state in "ZX":
            return
        looks = self._unprobed.get(pid, 0) + 1
        self._unprobed[pid] = looks
        if looks != (_SILENT_LOOKS_OF_PYTHON if found.name.startswith("python") else _SILENT_LOOKS):
            return
        command = procfs.command_line(pid)
        self._say(
            {
                "kind": "process.started",
                "by": "os",
                "pid": pid,
                "tid": pid,
                "ppid": found.ppid,
                "method": "exec",
                "argv": command,
                "name": "" if pid in self._named or pid == self._lifecycle.main else found.name,
                # Not False: its command line may not be there yet, and whoever started it may have said what it is.
                **({"internal": True} if "multiprocessing.resource_tracker" in command else {}),
            }
        )
        # Afterwards: a start means that it runs, and what is seen from now on says whether it still does.
        self._sampler.add_silent(pid)

    # -- its end -------------------------------------------------------------------------------------

    def _end_all(self) -> None:
        self._bombs.end()
        # What there is of it does not get more while it is counted.
        containment.signal_groups(os.getpid(), signal.SIGSTOP)
        self._merger.extend(self._sampler.end())
        gone = containment.kill_below(os.getpid(), self._lifecycle.reap)
        if gone:
            self._on_all_ended()
        if self._outbox.is_closed:
            return
        self._wait(0, turn_s=math.inf)
        self._collect_rest()
        self._lifecycle.settle()
        self._output.drain()
        if not gone:
            text = "Some process of the run could not be ended within 3 s."
            self._say({"kind": "warning.raised", "by": "os", "code": "not-ended", "text": text})

    def _finish(self) -> None:
        # Everything a probe has claimed must be accounted for before the rest is told.
        self._send(None)
        if not self._merger.is_cut:
            # Else it may be what a probe has told, but not we.
            for event in self._output.unattributed(self._lifecycle.main, self._sent_to_ns, at_end=True):
                self._say(event)
            self._tell_lost_output()
            self._send(None)
        if self._merger.is_cut:
            self._count_rest()
        self._look(self._watch.finish, self._status)
        # Whatever this makes certain is said before the end is.
        self._send(None)
        ended: Event = {"kind": "run.ended", "by": "os", "status": self._status}
        if self._lifecycle.main_status is not None:
            code = os.waitstatus_to_exitcode(self._lifecycle.main_status)
            ended["signal" if code < 0 else "exit_code"] = abs(code)
        if self._reason:
            ended["text"] = self._reason
        self._say(ended)
        self._send(None)
        self._lifecycle.close()
        self._segments.close()
        self._outbox.drain()

    def _tell_lost_output(self) -> None:
        lost = self._output.lost_bytes
        if lost:
            text = f"{lost:,} bytes that the program wrote are not shown: they came faster than they can be told of."
            self._say({"kind": "warning.raised", "by": "os", "code": "output-lost", "text": text})


def main(
    spec: RunSpec,
    header: Event,
    control: socket.socket,
    folder: str,
    on_all_ended: Callable[[], object] = lambda: None,
) -> NoReturn:
    """Be the supervisor of one run, in a process of its own; never return."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    containment.set_title("clab-supervisor")
    try:
        Supervisor(spec, header, control, folder, on_all_ended).run()
        sys.stderr.flush()
    finally:
        # Whatever went wrong: nothing of the run may outlive its supervisor.
        containment.kill_below(os.getpid(), _reap_any)
        _remove(folder)
        os._exit(0)


def _kept(is_jailed: bool, folder: str) -> Kept:
    return in_file_systems(inside.WRITABLE) if is_jailed else in_folder(folder)


def _remove(folder: str) -> None:
    """Remove a folder of files. Not by shutil: a jail begins with importing this, and it would take 8 of its 40 ms."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def _reap_any() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
