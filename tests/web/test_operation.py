"""Running the server: its log, health and metrics, how it ends, what it removes, and what it does for want of room."""

import contextlib
import json
import os
import re
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import requests

from concurrency_lab.web import log
from tests.web.lab_server import PATIENCE_S, LabServer, serving, wait_until
from tests.web.watcher import Watcher

Serve = Callable[..., LabServer]


def metric(server: LabServer, name: str) -> float:
    text = requests.get(f"{server.url}/metrics", timeout=PATIENCE_S).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))


def answered(ask: Callable[[], requests.Response], status: int) -> requests.Response:
    """Ask until the answer has this status."""
    wait_until(lambda: (said := ask()).status_code == status and said.text, f"an answer {status}")
    return ask()


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_a_line_of_the_log_cannot_be_forged() -> None:
    evil = 'x\r\ntime=now event=forged \x1b[31m \u202e \x7f \ud800 "'
    line = log.shown(evil)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == evil
    assert len(log.shown("a" * 10_000)) < 300
    assert log.shown("run.ended") == "run.ended"


def test_lines_that_strangers_cause_are_few_and_counted(tmp_path: Path, way: str) -> None:
    file = tmp_path / "log"
    with serving(tmp_path / "data", way, arguments=["--log", str(file)]) as server:
        run_id = server.start("hello")
        server.wait_ended(run_id)
        for number in range(50):
            answer = requests.post(f"{server.url}/api/runs", data="{}", headers={"X-Lab-Token": str(number)}, timeout=9)
            assert answer.status_code == 403
        assert metric(server, 'lab_refused_total{reason="bad-token"}') == 50
        wait_until(lambda: sum(map(int, re.findall(r"suppressed=(\d+)", file.read_text()))) > 0, "they are counted")
    lines = [dict(pair.split("=", 1) for pair in line.split()) for line in file.read_text().splitlines()]
    refused = [line for line in lines if line["event"] == "request.refused"]
    left_out = sum(int(line.get("suppressed", 0)) for line in lines)
    assert left_out > 0
    assert len(refused) + left_out <= 50
    events = [line["event"] for line in lines if line.get("run") == run_id or line["event"].startswith("server")]
    assert events == ["server.started", "run.started", "run.ended", "server.ending", "server.ended"]
    assert "line 1" not in file.read_text(), "what the program printed"


def test_health_and_metrics_tell_of_runs(serve: Serve) -> None:
    server = serve()
    assert requests.get(f"{server.url}/healthz", timeout=9).json()["status"] == "ok"
    run = server.wait_ended(server.start("hello"))
    assert metric(server, "lab_runs_started_total") == 1
    assert metric(server, 'lab_runs_ended_total{status="finished"}') == 1
    assert metric(server, "lab_events_stored_total") == run["events"]
    assert metric(server, "lab_store_bytes") > 0
    wait_until(lambda: metric(server, "lab_loop_lag_seconds_count") > 1, "the lag is measured")
    warden = int(children_of(server.process.pid)[0])
    os.kill(warden, signal.SIGKILL)
    degraded = answered(lambda: requests.get(f"{server.url}/healthz", timeout=9), 503)
    assert "start the server again" in degraded.json()["problems"][0]


def test_metrics_are_nobody_elses(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length\n")
    with serving(tmp_path / "named", "eventlet", HOST_NAMES=("lab.example",)) as server:
        assert requests.get(f"{server.url}/metrics", timeout=9).status_code == 403
    with serving(tmp_path / "behind", "eventlet", arguments=["--behind-proxy"]) as server:
        assert requests.get(f"{server.url}/metrics", timeout=9).status_code == 403
    with serving(tmp_path / "keyed", "eventlet", arguments=["--metrics-token-file", str(token)]) as server:
        for shown, status in (("", 403), ("Bearer wrong", 403), ("Bearer a-token-of-some-length", 200)):
            answer = requests.get(f"{server.url}/metrics", headers={"Authorization": shown}, timeout=9)
            assert answer.status_code == status


def test_the_end_is_told_recorded_and_complete(serve: Serve) -> None:
    server = serve()
    run_id = server.start("family")
    server.wait_events(run_id, 3)
    watcher = Watcher(server.url, server.token)
    watcher.ask("watch", {"run": run_id, "since": -1})
    assert server.end() == 0
    names = []
    with contextlib.suppress(Exception):
        while True:
            names.append(watcher.message()[0])
    watcher.close()
    assert "server_ending" in names
    assert names[-1] == "ended"
    server = serve()
    assert server.run(run_id)["status"] == "stopped"


def test_a_second_signal_ends_at_once_and_leaves_nothing(serve: Serve) -> None:
    server = serve()
    run_id = server.start("family")
    server.wait_events(run_id, 3)
    warden = int(children_of(server.process.pid)[0])
    below = [warden, *map(int, children_of(warden))]
    server.http.close()
    for _ in range(2):
        with contextlib.suppress(ProcessLookupError):
            server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(PATIENCE_S) == 0
    assert server.process.stdout is not None
    server.process.stdout.close()
    for pid in below:
        wait_until(lambda pid=pid: not Path(f"/proc/{pid}").exists() or "Z" in stat_of(pid), f"{pid} ends")
    assert serve().run(run_id)["state"] == "ended"


def stat_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_without_descriptors_the_server_goes_on_when_there_are_some_again(serve: Serve) -> None:
    server = serve()
    # Werkzeug, which serves where there is no eventlet, writes down each request that it had no descriptor for.
    server.is_wrong = server.way == "threading"
    usual = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 2, usual[1]))
    address = server.url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as opened:
        for _ in range(12):
            opened.enter_context(socket.create_connection((address[0], int(address[1])), timeout=9))
        wait_until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) >= used + 2, "it has none left")
    # With what it has it serves all the same, one after the other.
    assert requests.get(f"{server.url}/healthz", timeout=PATIENCE_S).status_code in (200, 503)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, usual)
    server.wait_ended(server.start("hello"))


def test_a_run_that_was_removed_is_told_of(tmp_path: Path, way: str) -> None:
    with serving(tmp_path / "data", way, KEEP_LOOK_S=0.05, arguments=["--keep-runs", "1"]) as server:
        first = server.start("hello")
        server.wait_ended(first)
        server.wait_ended(server.start("hello"))
        gone = f"{server.url}/api/runs/{first}"
        answer = answered(lambda: server.http.get(gone, timeout=9), 404)
        assert "was removed on 20" in answer.json()["detail"]
        assert "已于 20" in server.http.get(f"{server.url}/runs/{first}?lang=zh", timeout=9).text
