"""More runs than there is room for: they wait, are told their place, and go on waiting whatever their watchers do."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.trace import codec
from tests.web.lab_server import LabServer, wait_until
from tests.web.watcher import Collector, Watcher

Serve = Callable[..., LabServer]


def watching(server: LabServer, run_id: str) -> tuple[Watcher, dict[str, Any]]:
    watcher = Watcher(server.url, server.token)
    answer: dict[str, Any] = watcher.ask("watch", {"run": run_id, "since": -1})
    assert answer["ok"], answer
    return watcher, answer


def next_of(watcher: Watcher, wanted: str) -> dict[str, Any]:
    """Return the next message of this name."""
    while (message := watcher.message())[0] != wanted:
        pass
    payload: dict[str, Any] = message[1]
    return payload


def test_a_run_waits_is_told_its_place_and_begins_by_itself(serve: Serve) -> None:
    server = serve(MAX_RUNS=1)
    first = server.start("steady")
    answers = [server.post("hello") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [(answer.json()["state"], answer.json()["place"]) for answer in answers] == [("queued", 0), ("queued", 1)]
    second, third = (answer.json()["id"] for answer in answers)
    assert server.run(third)["place"] == 1
    assert server.health()["runs"] == 1
    assert server.health()["waiting"] == 2
    assert server.http.get(f"{server.url}/api/runs/{third}/outcomes", timeout=10).status_code == 409
    codec.read_header(server.trace(third)[0])

    watcher, answer = watching(server, third)
    assert (answer["header"], answer["state"], answer["place"], answer["may_stop"]) == (None, "queued", 1, True)
    assert next_of(watcher, "queued") == {"run": third, "place": 1}
    watcher.vanish()
    # Whoever watched is gone and back: its place was kept.
    watcher, answer = watching(server, third)
    assert answer["place"] == 1
    server.stop(second)
    assert server.wait_ended(second)["status"] == "stopped"
    while next_of(watcher, "queued")["place"] != 0:
        pass
    server.stop(first)
    began = next_of(watcher, "began")
    assert (began["run"], began["state"], began["header"]["run"]) == (third, "running", third)
    seqs: list[int] = []
    while (message := watcher.message())[0] == "events":
        seqs += [event["seq"] for event in message[1]["events"]]
    assert message == ("ended", {"run": third, "status": "finished", "exit_code": 0})
    assert seqs == list(range(server.run(third)["events"]))
    watcher.close()
    # The one that was stopped while it waited says so, and says the same to whoever comes later.
    late = Collector(server.url, server.token, second)
    late.start()
    (event,) = late.result()
    assert (event["kind"], event["status"], event["by"]) == ("run.ended", "stopped", "inferred")
    assert late.ended is not None
    assert "never began" in late.ended["text"]


def test_a_viewer_with_many_runs_holds_nobody_up(serve: Serve) -> None:
    server = serve(MAX_RUNS=3, MAX_RUNS_PER_VIEWER=2)
    other, third = server.other(), server.other()
    mine = [server.post().json() for _ in range(5)]
    assert [run["state"] for run in mine] == ["running"] * 2 + ["queued"] * 3
    # A place is free, though not for whoever has two already.
    assert other.post().json()["state"] == "running"
    theirs = [third.post().json(), other.post().json()]
    assert [run["place"] for run in theirs] == [1, 2]
    wait_until(lambda: server.run(mine[4]["id"])["place"] == 4, "they come before the rest of mine")
    server.stop(mine[0]["id"])
    wait_until(lambda: server.run(mine[2]["id"])["state"] == "running", "my next run begins: it was there first")
    other.stop(other_run := next(run for run in server_runs(server) if run not in {r["id"] for r in mine + theirs}))
    server.wait_ended(other_run)
    wait_until(lambda: server.run(theirs[0]["id"])["state"] == "running", "a new viewer comes before my second turn")
    assert server.run(mine[3]["id"])["state"] == "queued"


def server_runs(server: LabServer) -> list[str]:
    """Return the ids of the runs whose programs are there just now."""
    return [entry.name for entry in (server.data / "programs").iterdir()]


def test_what_waits_when_the_server_dies_is_marked_and_says_so(serve: Serve) -> None:
    for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        server = serve(MAX_RUNS=1)
        server.start("steady")
        waiting = server.start("hello")
        assert server.run(waiting)["state"] == "queued"
        assert server.end(number) == code
        server = serve()
        run = server.run(waiting)
        assert (run["state"], run["status"], run["events"]) == ("ended", "interrupted", 1)
        late = Collector(server.url, server.token, waiting)
        late.start()
        late.result()
        assert late.ended is not None
        assert "never began" in late.ended["text"]
        server.end()


def test_a_hundred_runs_at_once_and_those_too_many_are_told_how_many_wait(serve: Serve) -> None:
    server = serve(MAX_RUNS=2, MAX_RUNS_PER_VIEWER=2, MAX_WAITING_PER_VIEWER=4)
    answers = [server.post() for _ in range(100)]
    assert [answer.status_code for answer in answers] == [201] * 6 + [429] * 94
    problem = answers[-1].json()
    assert (problem["status"], problem["place"]) == (429, 4)
    assert "your runs" in problem["detail"]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (
        "上限"
        in server.http.post(f"{server.url}/api/runs?lang=zh", json={"lesson": "steady"}, timeout=10).json()["detail"]
    )
    # Somebody else's run still waits its turn.
    assert server.other().post().json()["place"] == 1


def test_a_full_queue_and_a_rate_are_told_apart(serve: Serve) -> None:
    server = serve(MAX_RUNS=1, MAX_QUEUE=1, RATES={"runs.viewer": "2/minute"})
    answers = [server.post() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert "full (1 waiting)" in answers[2].json()["detail"]
    for answer in answers[:2]:
        server.stop(answer.json()["id"])
        server.wait_ended(answer.json()["id"])
    wait_until(lambda: server.health()["runs"] == 0, "all places are free")
    # What was refused for want of room was not counted; these two were.
    refused = server.post()
    assert refused.status_code == 429
    assert "too often" in refused.json()["detail"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert server.other().post("hello").status_code == 201


def test_only_who_started_a_run_and_the_presenter_stop_it(serve: Serve) -> None:
    server = serve(MAX_RUNS=1)
    other = server.other()
    runs = [server.start("steady"), server.start("steady")]
    for run_id in runs:
        refused = other.http.delete(f"{server.url}/api/runs/{run_id}", timeout=10)
        assert refused.status_code == 403
        assert "Somebody else" in refused.json()["detail"]
        watcher, answer = watching(other, run_id)
        assert answer["may_stop"] is False
        watcher.close()
    # Another page of the same browser: the cookie makes it the same viewer.
    other.http.cookies = server.http.cookies
    other.http.headers["X-Lab-Token"] = other.page("/")["token"]
    assert other.stop(runs[1]) == 202
    presenter = server.other()
    assert presenter.http.get(f"{server.url}/?presenter=made-up", timeout=10).status_code == 403
    key = presenter_key(server)
    answer = presenter.http.get(f"{server.url}/lessons/hello?lang=zh&presenter={key}", timeout=10)
    assert answer.url == f"{server.url}/lessons/hello?lang=zh", "the key stays in the address"
    cookie = answer.history[0].headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "lab_viewer="))
    presenter.http.headers["X-Lab-Token"] = presenter.token = presenter.page("/")["token"]
    watcher, ack = watching(presenter, runs[0])
    assert ack["may_stop"] is True
    watcher.close()
    assert presenter.stop(runs[0]) == 202
    assert server.wait_ended(runs[0])["status"] == "stopped"
    # There is nothing left to protect.
    assert other.stop(runs[0]) == 200


def presenter_key(server: LabServer) -> str:
    from concurrency_lab.web.tokens import Tokens

    secret = server.data / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    return Tokens(secret.read_bytes()).presenter_key


def test_a_run_that_needs_a_viewer_ends_without_one(serve: Serve) -> None:
    server = serve(NEEDS_VIEWER=True)
    run_id = server.start("family")
    watcher, _ = watching(server, run_id)
    second, _ = watching(server, run_id)
    watcher.vanish()
    # One is left; and who is back at once was not away.
    watcher, _ = watching(server, run_id)
    second.vanish()
    next_of(watcher, "events")
    third, _ = watching(server, run_id)
    watcher.vanish()
    assert server.run(run_id)["state"] == "running"
    third.vanish()
    assert server.wait_ended(run_id)["status"] == "stopped"
    # A lesson's run goes on.
    plain = serve_again(serve, server)
    run_id = plain.start("steady")
    watcher, _ = watching(plain, run_id)
    watcher.vanish()
    wait_until(lambda: plain.health()["watchers"] == 0, "nobody watches")
    assert plain.run(run_id)["state"] == "running"


def serve_again(serve: Serve, server: LabServer) -> LabServer:
    server.end()
    return serve()


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="counts the threads of a process by /proc")
def test_two_thousand_handshakes_are_capped_and_cost_no_more_than_their_places(serve: Serve) -> None:
    server = serve(
        MADE_STREAMS=True,
        MAX_SOCKETS=60,
        MAX_SOCKETS_PER_ADDRESS=40,
        PATIENCE={"token_s": 300},
        RATES={"handshakes.address": "1000/minute"},
    )
    before_mb, before = server.resident_mb(), threads(server)
    watchers, refusals = [], []
    for _ in range(2000):
        status = handshake(server)
        (watchers if status[0] == 101 else refusals).append(status)
    assert len(watchers) == 40
    assert {status for status, _ in refusals} == {503, 429}
    assert sum(status == 429 for status, _ in refusals) == 1000
    assert server.health()["watchers"] == 40
    # In threading mode each connection has four.
    assert threads(server) - before <= (5 if server.way == "eventlet" else 40 * 4 + 10)
    assert server.resident_mb() - before_mb < 40
    # Another address is not held up by it.
    status, sock = handshake(server, "127.0.0.9")
    assert status == 101
    for _, each in [*watchers, (101, sock)]:
        each.close()
    wait_until(lambda: server.health()["watchers"] == 0, "all places are given back")


def threads(server: LabServer) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("Threads:")[2].split()[0])


def handshake(server: LabServer, source: str = "127.0.0.1") -> tuple[int, Any]:
    """Open a WebSocket from an address; return the status and the socket, which is closed where it is of no use."""
    import socket
    from urllib.parse import urlsplit

    netloc = urlsplit(server.url).netloc
    host, _, port = netloc.partition(":")
    sock = socket.create_connection((host, int(port)), timeout=20, source_address=(source, 0))
    lines = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: {netloc}", f"Origin: {server.url}"]
    lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=="]
    sock.sendall("\r\n".join([*lines, "", ""]).encode())
    answer = b""
    with contextlib.suppress(ConnectionError):
        while b"\r\n" not in answer:
            answer += sock.recv(4096)
    status = int(answer.split()[1])
    if status != 101:
        sock.close()
    return status, sock
