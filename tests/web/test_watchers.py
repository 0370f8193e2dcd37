"""Everybody who watches a run sees the same run: gapless and without a duplicate, however they come and go."""

import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
import websocket

from tests.web.lab_server import LabServer, serving, wait_until
from tests.web.watcher import Collector, Refused, Watcher

Serve = Callable[..., LabServer]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, way: str) -> Iterator[LabServer]:
    with serving(tmp_path_factory.mktemp("lab") / "data", way, MADE_STREAMS=True) as server:
        yield server


def stored(server: LabServer, run_id: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.trace(run_id)[1:]]


def test_fifty_watchers_end_with_the_same_list(server: LabServer) -> None:
    dice = random.Random(7)
    run_id = server.start("hello", lines=6000, per_second=2000)
    watchers = [
        Collector(
            server.url,
            server.token,
            run_id,
            leave_after=[dice.randint(1, 3), dice.randint(1, 15), dice.randint(1, 15)] if number < 5 else [],
            packed=number % 2 == 0,
        )
        for number in range(50)
    ]
    for watcher in watchers:
        watcher.start()
    lists = [watcher.result() for watcher in watchers]
    whole = stored(server, run_id)
    assert [event["seq"] for event in whole] == list(range(6001))
    for watcher, events in zip(watchers, lists, strict=True):
        assert events == whole
        assert watcher.ended == {"run": run_id, "status": "finished"}
        assert len(watcher.leave_after) < 3, "it was to leave and come back, and never did"


def test_who_comes_late_gets_all_of_it_in_pages(server: LabServer) -> None:
    run_id = server.start("hello", lines=9000)
    server.wait_ended(run_id)
    watcher = Watcher(server.url, server.token)
    answer = watcher.ask("watch", {"run": run_id, "since": 1499})
    assert (answer["ok"], answer["run"], answer["state"]) == (True, run_id, "ended")
    assert answer["header"]["run"] == run_id
    seqs: list[int] = []
    while (message := watcher.message())[0] == "events":
        batch = message[1]["events"]
        assert len(batch) <= 2000
        seqs += [event["seq"] for event in batch]
    assert message == ("ended", {"run": run_id, "status": "finished"})
    assert seqs == list(range(1500, 9001))
    # Who has everything is told the end alone.
    assert watcher.ask("watch", {"run": run_id, "since": 9000})["ok"]
    assert watcher.message()[0] == "ended"
    watcher.close()


def test_a_watcher_that_comes_while_events_rush_in_misses_none(server: LabServer) -> None:
    run_id = server.start("hello", lines=60_000)
    watchers = []
    for count in (1, 5000, 20_000):
        server.wait_events(run_id, count)
        for packed in (False, True):
            watcher = Collector(server.url, server.token, run_id, packed=packed)
            watcher.start()
            watchers.append(watcher)
    for watcher in watchers:
        assert [event["seq"] for event in watcher.result()] == list(range(60_001))
        assert bool(watcher.messages["packed"]) is watcher.packed, "large batches come packed to who asks for it"


def test_asking_again_begins_anew_on_the_same_connection(server: LabServer) -> None:
    run_id = server.start("hello", lines=100_000, per_second=1000)
    watcher = Watcher(server.url, server.token)
    watcher.ask("watch", {"run": run_id, "since": -1})
    while watcher.message()[1]["events"][-1]["seq"] < 200:
        pass
    watcher.send("watch", {"run": run_id, "since": 99})
    seqs: list[int] = []
    while len(seqs) < 500:
        name, payload = watcher.message()
        batch = [event["seq"] for event in payload["events"]] if name == "events" else []
        # Before the new beginning, what was on its way already.
        if seqs or batch[:1] == [100]:
            seqs += batch
    assert seqs == list(range(100, 100 + len(seqs)))
    assert server.stop(run_id) == 202
    while (message := watcher.message())[0] == "events":
        seqs += [event["seq"] for event in message[1]["events"]]
    assert message == ("ended", {"run": run_id, "status": "stopped"})
    assert seqs[-1] == server.run(run_id)["events"] - 1
    watcher.close()


def test_a_watcher_that_stops_reading_is_bounded_and_disturbs_nobody(serve: Serve) -> None:
    server = serve(MADE_STREAMS=True, STALL_S=1.0)
    before_mb = server.resident_mb()
    run_id = server.start("hello", lines=120_000, per_second=20_000)
    stalled = Watcher(server.url, server.token, sockopt=((1, 8, 4096),))  # SOL_SOCKET, SO_RCVBUF
    stalled.send("watch", {"run": run_id, "since": -1})
    others = [Collector(server.url, server.token, run_id) for _ in range(2)]
    for other in others:
        other.start()
    # 24 MB are sent to each; only the stalled one's connection is closed by the server.
    wait_until(lambda: server.http.get(f"{server.url}/healthz").json()["watchers"] == 2, "the stalled one is cut off")
    assert server.run(run_id)["state"] == "running", "it was cut off only when the run had ended"
    for other in others:
        assert [event["seq"] for event in other.result()] == list(range(120_001))
    assert server.resident_mb() - before_mb < 60
    stalled.vanish()


def test_socket_io_s_own_client_understands_us(server: LabServer) -> None:
    seqs: list[int] = []
    ends: list[dict[str, Any]] = []
    client = socketio.SimpleClient(reconnection=False)
    client.connect(server.url, transports=["websocket"], auth={"token": server.token})
    run_id = server.start("hello", lines=300, per_second=3000)
    assert client.call("watch", {"run": run_id, "since": -1})["ok"]
    while not ends:
        name, payload = client.receive(timeout=20)
        if name == "ended":
            ends.append(payload)
        else:
            seqs += [event["seq"] for event in payload["events"]]
    client.disconnect()
    assert seqs == list(range(301))
    assert ends == [{"run": run_id, "status": "finished"}]


NONSENSE: list[tuple[Any, ...]] = [
    (),
    (None,),
    ("x",),
    ({},),
    ({"run": 7, "since": -1},),
    ({"run": "nobody", "since": -2},),
    ({"run": "nobody", "since": True},),
    ({"run": "nobody", "since": 1.0},),
    ({"run": "nobody", "since": -1}, "more"),
    ({"run": "nobody", "since": -1},),
    ({"run": "../../etc", "since": -1},),
    ({"run": "x" * 5000, "since": 10**30},),
]


def test_nonsense_is_answered_with_a_sentence(server: LabServer) -> None:
    watcher = Watcher(server.url, server.token)
    for payload in NONSENSE:
        answer = watcher.ask("watch", *payload)
        assert set(answer) == {"error"}, payload
        assert len(answer["error"]) < 200
    assert "message" in watcher.ask("no-such-message", 1)["error"]
    watcher.close()


def test_a_since_from_the_future_is_refused(server: LabServer) -> None:
    run_id = server.start("hello", lines=3)
    server.wait_ended(run_id)
    watcher = Watcher(server.url, server.token)
    assert "since" in watcher.ask("watch", {"run": run_id, "since": 4})["error"]
    watcher.close()


def test_without_a_token_nobody_gets_in(server: LabServer) -> None:
    for token in (None, "", "made-up", 7, ["x"], {"a": 1}, server.token[:-1], server.token + "x"):
        with pytest.raises(Refused, match="reload"):
            Watcher(server.url, token)


def test_broken_packets_end_that_connection_only(server: LabServer) -> None:
    for packet in ("4", "42", "42[", "42{}", "421-[]", "45-[]", "9", "4" + "9" * 40, "42" + "[" * 9000, "x" * 70_000):
        broken = Watcher(server.url, server.token)
        broken.socket.send(packet)
        broken.vanish()
    broken = Watcher(server.url, server.token)
    broken.socket.send_binary(b"\x00\xff")
    broken.vanish()
    watcher = Watcher(server.url, server.token)
    run_id = server.start("hello", lines=3)
    assert watcher.ask("watch", {"run": run_id, "since": -1})["ok"]
    watcher.close()


def test_polling_is_not_offered(server: LabServer) -> None:
    answer = server.http.get(
        f"{server.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": server.url}, timeout=5
    )
    assert answer.status_code == 400


def test_there_is_an_end_to_how_many_may_connect(serve: Serve) -> None:
    server = serve(MADE_STREAMS=True, MAX_SOCKETS=3)
    watchers = [Watcher(server.url, server.token) for _ in range(3)]
    with pytest.raises(websocket.WebSocketBadStatusException, match="503"):
        Watcher(server.url, server.token)
    watchers.pop().close()
    deadline = time.monotonic() + 10
    while len(watchers) < 3:
        try:
            watchers.append(Watcher(server.url, server.token))
        except websocket.WebSocketBadStatusException:
            assert time.monotonic() < deadline, "a place that became free was not given away"
    for watcher in watchers:
        watcher.close()
