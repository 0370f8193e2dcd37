"""What the server counts, for Prometheus: /metrics. Each application has a registry of its own."""

import hmac
import ipaddress
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from concurrency_lab.store import Run
from concurrency_lab.trace.block import joined
from concurrency_lab.web import log
from concurrency_lab.web.problems import Problem

blueprint = Blueprint("metrics", __name__)

_LAG_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._started = Counter("lab_runs_started", "Runs that began", registry=registry)
        self._ended = Counter("lab_runs_ended", "Runs that ended, by how they did", ["status"], registry=registry)
        self._stored = Counter("lab_events_stored", "Events recorded", registry=registry)
        self._stored_bytes = Counter("lab_events_stored_bytes", "Text of the events recorded", registry=registry)
        self._sent = Counter("lab_events_sent", "Events sent to watchers, once for each", registry=registry)
        self._sent_bytes = Counter("lab_events_sent_bytes", "Text of the events sent to watchers", registry=registry)
        self._dropped = Counter("lab_events_dropped", "Events that were lost, as the traces say", registry=registry)
        self._cut = Counter("lab_watchers_cut", "Watchers cut off for taking nothing", registry=registry)
        self._refused = Counter("lab_refused", "Requests refused, by the reason's name", ["reason"], registry=registry)
        self._removed = Counter("lab_runs_removed", "Runs that retention removed", registry=registry)
        self.lag = Histogram(
            "lab_loop_lag_seconds", "How late a sleeping task wakes up", buckets=_LAG_S, registry=registry
        )
        ProcessCollector(registry=registry)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Add a number that is looked up whenever somebody asks."""
        Gauge(name, text, registry=self.registry).set_function(value)

    # -- what happens: counted, and told by the log --------------------------------------------------------

    def started(self, run: Run) -> None:
        """A run began."""
        self._started.inc()
        log.event("run.started", run=run.id, lesson=run.lesson, program=run.program)

    def ended(self, message: dict[str, Any]) -> None:
        """A run ended: see feed.ended_message."""
        status = message["status"]
        dropped = message.get("dropped", 0)
        self._ended.labels(status).inc()
        self._dropped.inc(dropped)
        # Not its text: that may quote the program.
        code, number = message.get("exit_code"), message.get("signal")
        log.event(
            "run.ended", run=message["run"], status=status, exit_code=code, signal=number, dropped=dropped or None
        )

    def stored(self, lines: Sequence[str], watchers: int) -> None:
        """A batch was recorded, and sent to so many watchers."""
        size = len(joined(lines))
        self._stored.inc(len(lines))
        self._stored_bytes.inc(size)
        self._sent.inc(len(lines) * watchers)
        self._sent_bytes.inc(size * watchers)

    def paged(self, lines: Sequence[str]) -> None:
        """A page from the store was sent to one watcher."""
        self._sent.inc(len(lines))
        self._sent_bytes.inc(len(joined(lines)))

    def cut(self, run_id: str) -> None:
        """A watcher that took nothing was cut off."""
        self._cut.inc()
        log.event("watcher.cut", limited=True, run=run_id)

    def refused(self, reason: str, status: int, environ: dict[str, Any]) -> None:
        """A request was refused, for a reason that has a sentence."""
        self._refused.labels(reason).inc()
        log.event(
            "request.refused",
            limited=True,
            reason=reason,
            status=status,
            method=environ.get("REQUEST_METHOD"),
            path=environ.get("PATH_INFO"),
            peer=environ.get("REMOTE_ADDR"),
            origin=environ.get("HTTP_ORIGIN"),
        )

    def removed(self, run_ids: Sequence[str]) -> None:
        """Retention removed runs."""
        self._removed.inc(len(run_ids))
        log.event("runs.removed", count=len(run_ids), first=run_ids[0])


def init_app(metrics: Metrics, extensions: dict[str, Any]) -> None:
    """Add what is looked up in the rest of the server."""
    runner, live, guard = extensions["lab.runner"], extensions["lab.live"], extensions["lab.guard"]
    store, folder = extensions["lab.store"], extensions["lab.data"].path
    metrics.gauge("lab_runs_running", "Runs that are going on", lambda: runner.running)
    metrics.gauge("lab_sockets", "WebSocket connections", lambda: guard.sockets)
    metrics.gauge("lab_watchers", "Runs being watched, once for each watcher", lambda: live.watching)
    metrics.gauge("lab_store_bytes", "Size of the file with the recorded runs", store.size_bytes)
    metrics.gauge("lab_disk_free_bytes", "Room on the disk that holds it", lambda: free_bytes(folder))


def free_bytes(folder: Path) -> int:
    """Return how much room this user has on a folder's disk."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell Prometheus: with the token if there is one, else only this machine of a server that serves no other."""
    if not _may_read(current_app.config, request.environ):
        raise Problem(403, "metrics-closed")
    text = generate_latest(current_app.extensions["lab.metrics"].registry)
    return Response(text, content_type=CONTENT_TYPE_LATEST)


def _may_read(config: dict[str, Any], environ: dict[str, Any]) -> bool:
    token = config["METRICS_TOKEN"]
    if token is not None:
        return hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), b"Bearer " + token.encode())
    # Behind a proxy on this machine everybody's address is that of this machine: there a token is needed.
    is_private = not (config["ANY_ADDRESS"] or config["BEHIND_PROXY"]) and all(map(_is_loopback, config["HOST_NAMES"]))
    return is_private and _is_loopback(environ.get("REMOTE_ADDR", ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
