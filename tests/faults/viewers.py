"""Viewers that vanish, come again, do not read, or are too many; and too many Runs at once."""

import concurrent.futures
import contextlib
import socket
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from tests.faults import truth
from tests.faults.amounts import Peak
from tests.faults.lab import Bench, Lab, NotThere
from tests.faults.page import asking
from tests.faults.rows import Sample, Target, row
from tests.web.watcher import Collector, Watcher

_CUT = 10
_RECONNECTS = 50
_HANDSHAKES = 2000
_RUNS = 100
_ESTABLISHED = "01"
_SMALL_BUFFER = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)


def _port(lab: Lab) -> int:
    port = urllib.parse.urlsplit(lab.url).port
    assert port is not None
    return port


def connections(lab: Lab) -> int:
    """Return how many connections the OS holds open for the server."""
    ending = f":{_port(lab):04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(fields[1].endswith(ending) and fields[3] == _ESTABLISHED for fields in rows)


@row(
    "network-cut",
    f"The network of {_CUT} viewers is cut, without a word: connections the server still holds",
    Target("all closed after", 12, 12, "s"),
    most=4,
)
def network_cut(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("steady") as lab:
        for _ in range(times):
            run_id = lab.start("steady")
            # Each at another moment between two pings.
            watchers = []
            for _ in range(_CUT):
                watchers.append(Watcher(lab.url, lab.token))
                assert watchers[-1].ask("watch", {"run": run_id, "since": -1})["ok"]
                time.sleep(0.1)
            lab.http.close()
            assert connections(lab) == _CUT
            # From now on nobody reads, nobody answers a ping, and nobody says goodbye.
            began_s = time.monotonic()
            closed_s = truth.wait_until(lambda: connections(lab) == 0, "the server lets go of them") - began_s
            for watcher in watchers:
                watcher.vanish()
            lab.stop(run_id)
            lab.wait_ended(run_id)
            lab.wait_free()
            yield {"all closed after": closed_s}


@row(
    "reconnect",
    f"A viewer that comes again {_RECONNECTS} times during one run",
    Target("events missed", 0, 0),
    Target("events twice", 0, 0),
    Target("times it came", None, None),
    most=10,
)
def reconnect(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("events", wall_s=4) as lab:
        for _ in range(times):
            run_id = lab.start("events")
            watcher = Collector(lab.url, lab.token, run_id, leave_after=[1] * _RECONNECTS)
            watcher.start()
            seqs = [event["seq"] for event in watcher.result()]
            whole = lab.wait_ended(run_id)["events"]
            lab.wait_free()
            missed = len(set(range(whole)) - set(seqs))
            came = _RECONNECTS - len(watcher.leave_after)
            yield {"events missed": missed, "events twice": len(seqs) - len(set(seqs)), "times it came": came}


@row(
    "slow-viewer",
    "A viewer that takes nothing, beside one that does",
    Target("server grows by", 60, 60, "MB"),
    Target("events the other missed", 0, 0),
    Target("page p95", 200, 200, "ms"),
    most=4,
)
def slow_viewer(bench: Bench, times: int) -> Iterator[Sample]:
    for _ in range(times):
        with bench.serving("torrent", wall_s=5, LIMITS={"output_bytes": 1 << 30}) as lab:
            before_mb = lab.resident_mb()
            run_id = lab.start("torrent")
            stalled = Watcher(lab.url, lab.token, sockopt=_SMALL_BUFFER)
            stalled.send("watch", {"run": run_id, "since": -1})
            other = Collector(lab.url, lab.token, run_id)
            other.start()
            with asking(f"{lab.url}/") as page, Peak(lab.resident_mb) as peak:
                seqs = [event["seq"] for event in other.result()]
            missed = len(set(range(lab.wait_ended(run_id)["events"])) - set(seqs))
            stalled.vanish()
            yield {
                "server grows by": peak.value - before_mb,
                "events the other missed": missed,
                "page p95": page.p95_ms,
            }


@row(
    "handshakes",
    f"{_HANDSHAKES:,} WebSocket handshakes, none taken back",
    Target("held at once", 1024, 1024),
    Target("server grows by", 100, 100, "MB"),
    Target("threads", 8, 8),
    Target("answered in all", None, None),
    Target("page p95", 200, 200, "ms"),
    Target("refused when they are gone", 0, 0),
    most=5,
)
def handshakes(bench: Bench, times: int) -> Iterator[Sample]:
    for _ in range(times):
        # A server of its own each time: an address may make so many in a minute.
        with bench.serving("steady") as lab:
            with contextlib.ExitStack() as opened, asking(f"{lab.url}/") as page:
                before_mb, before = lab.resident_mb(), truth.descriptors(lab.process.pid)
                with (
                    # Not the OS's connections: some of those wait for the server to take them.
                    Peak(lambda: truth.descriptors(lab.process.pid)) as held,
                    concurrent.futures.ThreadPoolExecutor(8) as pool,
                ):
                    answers = list(pool.map(lambda _: _handshake(lab, opened), range(_HANDSHAKES)))
                grown_mb = lab.resident_mb() - before_mb
                server = truth.look(lab.process.pid)
                assert server is not None
            truth.wait_until(lambda: connections(lab) <= 1, "the server lets go of them")
            try:
                Watcher(lab.url, lab.token).close()
                refused = 0
            except OSError:
                refused = 1
            yield {
                "held at once": held.value - before,
                "answered in all": sum(answer > 0 for answer in answers),
                "server grows by": grown_mb,
                "threads": server.threads,
                "page p95": page.p95_ms,
                "refused when they are gone": refused,
            }


def _handshake(lab: Lab, opened: contextlib.ExitStack) -> int:
    """Ask for a WebSocket and keep the connection; return the status of the answer, 0 where there is none."""
    client = opened.enter_context(socket.create_connection(("127.0.0.1", _port(lab)), timeout=10))
    lines = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        f"Host: 127.0.0.1:{_port(lab)}",
        f"Origin: {lab.url}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        "",
        "",
    )
    try:
        client.sendall("\r\n".join(lines).encode())
        return int(client.recv(64).split()[1])
    except (OSError, IndexError):
        return 0


@row(
    "runs",
    f"Run pressed {_RUNS} times in a second",
    Target("runs at once", 8, 8),
    Target("other than 201, 429", 0, 0),
    Target("429 without a place", 0, 0),
    Target("page p95", 200, 200, "ms"),
    most=5,
)
def runs(bench: Bench, times: int) -> Iterator[Sample]:
    with bench.serving("brief") as lab:
        for _ in range(times):
            with (
                asking(f"{lab.url}/") as page,
                # One process each.
                Peak(lambda: len(lab.programs())) as peak,
                concurrent.futures.ThreadPoolExecutor(10) as pool,
            ):
                answers = list(pool.map(lambda _: lab.post("brief"), range(_RUNS)))
                truth.wait_until(lambda: not lab.of_runs(), "all runs have ended", 120)
            refused = [answer.json() for answer in answers if answer.status_code == 429]
            if refused and not any("place" in answer for answer in refused):
                raise NotThere("a refusal does not say how many wait: there is no queue yet")
            yield {
                "runs at once": peak.value,
                "other than 201, 429": sum(answer.status_code not in (201, 429) for answer in answers),
                "429 without a place": sum("place" not in answer for answer in refused),
                "page p95": page.p95_ms,
            }
