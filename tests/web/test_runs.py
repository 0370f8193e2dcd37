"""Runs through the API, with real programs under the real warden: started, stopped, killed, found again."""

import contextlib
import json
import signal
from collections.abc import Callable
from pathlib import Path

from concurrency_lab.trace import codec
from tests.web.lab_server import LabServer, wait_until
from tests.web.watcher import Collector

Serve = Callable[..., LabServer]
# What the kernel calls a process that is still there: its pid and when it was started.
Identity = tuple[int, str]


def descendants(pid: int) -> set[Identity]:
    """Return all live processes below one."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, left = set(), [pid]
    while left:
        for child in children.get(left.pop(), []):
            left.append(child)
            if fields := stat_fields(child):
                found.add((child, fields[19]))
    return found


def stat_fields(pid: int) -> list[str]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def alive(identity: Identity) -> bool:
    fields = stat_fields(identity[0])
    return bool(fields) and fields[19] == identity[1] and fields[0] not in "ZX"


def test_a_run_from_post_to_trace(server: LabServer) -> None:
    answer = server.http.post(f"{server.url}/api/runs", json={"lesson": "hello", "params": {"lines": 2}}, timeout=10)
    assert answer.status_code == 201
    run_id = answer.json()["id"]
    assert run_id.isalnum()
    assert answer.json() == {"id": run_id, "url": f"/runs/{run_id}", "state": "running"}
    assert answer.headers["Location"] == f"/runs/{run_id}"
    run = server.wait_ended(run_id)
    assert (run["status"], run["lesson"], run["params"]["lines"]) == ("finished", "hello", 2)
    trace = codec.read(server.trace(run_id))
    assert trace.header == run["header"]
    assert trace.header["source"]["program.py"].count("LINES = 2") == 1
    assert "".join(e["text"] for e in trace.events if e["kind"] == "output.written") == "line 0\nline 1\n"
    assert trace.events[-1]["kind"] == "run.ended"
    assert run["events"] == len(trace.events)
    wait_until(lambda: not list((server.data / "programs").iterdir()), "the program's folder is removed")


def test_the_trace_of_a_live_run_is_gapless_so_far(server: LabServer) -> None:
    run_id = server.start("steady")
    codec.read(server.trace(run_id))
    server.wait_events(run_id, 1)
    so_far = server.trace(run_id)
    assert codec.read(so_far).events
    assert server.stop(run_id) == 202
    server.wait_ended(run_id)
    assert server.trace(run_id)[: len(so_far)] == so_far


def test_stop_leaves_nothing_alive(server: LabServer) -> None:
    before = descendants(server.process.pid)
    run_id = server.start("family")
    wait_until(lambda: len(descendants(server.process.pid) - before) >= 5, "the family has grown")
    family = descendants(server.process.pid) - before
    assert server.stop(run_id) == 202
    assert server.wait_ended(run_id)["status"] == "stopped"
    # The family has ended before the run has; its supervisor, which is among them, says so and then ends.
    wait_until(lambda: not [member for member in family if alive(member)], "nothing is alive")
    assert server.stop(run_id) == 200
    assert json.loads(server.trace(run_id)[-1])["status"] == "stopped"


def test_a_kill_of_the_server_leaves_nothing_alive_and_loses_no_event(serve: Serve) -> None:
    server = serve(MAX_RUNS_PER_VIEWER=5)
    runs = [server.start("family") for _ in range(5)]
    watchers = [Collector(server.url, server.token, run_id) for run_id in runs]
    for watcher in watchers:
        watcher.start()
    wait_until(lambda: len(descendants(server.process.pid)) >= 1 + 5 * 5, "five families have grown")
    wait_until(lambda: all(watcher.events for watcher in watchers), "every watcher has seen something")
    everybody = descendants(server.process.pid)

    server.end(signal.SIGKILL)
    deadline_s = 1.0
    left = everybody
    while left and deadline_s > 0:
        left = {member for member in left if alive(member)}
        signal.sigtimedwait([], 0.01)
        deadline_s -= 0.01
    assert not left, "alive a second after the server was killed"
    for watcher in watchers:
        watcher.join(20)

    server = serve()
    for run_id, watcher in zip(runs, watchers, strict=True):
        run = server.run(run_id)
        assert (run["state"], run["status"]) == ("ended", "interrupted")
        events = codec.read(server.trace(run_id)).events
        assert events[: len(watcher.events)] == watcher.events
        assert events[-1]["kind"] == "run.ended"
        again = Collector(server.url, server.token, run_id)
        again.start()
        assert again.result() == events
        assert again.ended is not None
        assert again.ended["status"] == "interrupted"
    assert not (server.data / "programs").exists()


def test_a_polite_end_stops_the_runs_and_says_so(serve: Serve) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        server = serve()
        run_id = server.start("steady")
        watcher = Collector(server.url, server.token, run_id)
        watcher.start()
        assert watcher.joined.wait(10)
        everybody = descendants(server.process.pid)
        assert server.end(number) == 0
        assert not [member for member in everybody if alive(member)]
        watcher.join(10)
        server = serve()
        assert server.run(run_id)["status"] == "stopped", server.trace(run_id)[-1]
        assert server.end() == 0
