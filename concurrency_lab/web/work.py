"""python -m concurrency_lab worker: from its arguments to its end. See cluster/worker.py for what it does."""

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from concurrency_lab.supervisor import jail
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.web import DEFAULTS, caps, log
from concurrency_lab.web.serve import SaysWhy, StopSignal, add_cluster, at_least, begin_log, cluster_addresses


def main(arguments: Sequence[str] | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Lead runs until SIGINT or SIGTERM; return the exit code. `settings` as those of create_app."""
    options = _parser().parse_args(arguments)
    # The warden first of all: it must be started while this process has no thread.
    with SaysWhy() as ended, Warden.start() as warden:
        _work(options, warden, DEFAULTS | {"MAX_RUNS": options.places} | dict(settings or {}))
    return ended.code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="concurrency_lab worker", description="Lead runs that servers on other machines are asked for."
    )
    add_cluster(parser)
    default = max(1, os.cpu_count() or 1)
    about = "runs at once (default: as many as there are CPUs)"
    parser.add_argument("--places", type=at_least(1), default=default, metavar="N", help=about)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where programs lie while they run (default: a new one)"
    )
    parser.add_argument(
        "--no-jail", action="store_true", help="run lessons outside of the jail, and no strangers' code"
    )
    parser.add_argument("--log", metavar="FILE", help="write a line for each event there (-: standard error)")
    return parser


def _work(options: argparse.Namespace, warden: Warden, settings: Mapping[str, Any]) -> None:
    begin_log(options)
    addresses = cluster_addresses(options)
    from concurrency_lab.web.cluster.worker import Worker

    found = None if options.no_jail else jail.verdict(options.data)
    can_jail = found is not None and found.jail_ok and found.uid_ok
    with (
        tempfile.TemporaryDirectory(prefix="concurrency-lab-worker-", dir=options.data) as folder,
        StopSignal() as stop,
    ):
        # A jail below root is another user's.
        os.chmod(folder, 0o711)
        worker = Worker(
            addresses, settings["WARDEN"] or warden, Path(folder), caps(settings), can_jail, settings["EXPIRY_S"]
        )
        print(f"The worker {worker.id} takes runs, {options.places} at a time (end it with Ctrl-C)", flush=True)
        log.event("worker.started", worker=worker.id, places=options.places)
        worker.serve(stop.reader)
        log.event("worker.ended", worker=worker.id)
