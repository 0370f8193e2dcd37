"""python app.py, or python -m concurrency_lab serve or replay: the server from its arguments to its end."""

import argparse
import contextlib
import errno
import ipaddress
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from concurrency_lab.store import Keep, StoreError, TraceFile
from concurrency_lab.supervisor import jail
from concurrency_lab.supervisor.client import Warden
from concurrency_lab.web import DEFAULTS, quotas

_CANNOT_START = 2
# 1,024 connections, and what runs and the database need.
_OPEN_FILES = 4096
_TOKEN_CHARACTERS = 16


class CannotServe(Exception):
    """The server cannot start; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code. `settings` go to create_app."""
    options = _parser().parse_args(arguments)
    # The warden first of all: it must be started while this process has no thread and no event loop.
    with SaysWhy() as ended, Warden.start() as warden:
        contained = _containment(options, settings or {})
        shared = _cluster(options)
        _serve(options, {"WARDEN": warden, **contained, **_settings(options), **shared, **(settings or {})})
    return ended.code


def replay(arguments: Sequence[str] | None = None) -> int:
    """Serve one recorded trace until SIGINT or SIGTERM; return the exit code."""
    options = _replay_parser().parse_args(arguments)
    with (
        SaysWhy() as ended,
        contextlib.closing(TraceFile(options.file)) as file,
        Warden.start() as warden,
        tempfile.TemporaryDirectory(prefix="concurrency-lab-replay-") as data,
    ):
        _serve(options, {"WARDEN": warden, "DATA": data, "REPLAY": file, "OWN_LAB": True}, f"runs/{file.run.id}")
    return ended.code


class SaysWhy(contextlib.AbstractContextManager["SaysWhy"]):
    """Tells why the server cannot start; `code` is the exit code then."""

    code = 0

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, (CannotServe, StoreError)):
            return False
        print(f"concurrency_lab: {error}", file=sys.stderr)
        self.code = _CANNOT_START
        return True


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="concurrency_lab replay", description="Show a recorded trace in the browser. Nothing of it is changed."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a trace, as `run` and `trace` write it, or its .gz")
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: any port that is free)")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.set_defaults(host="127.0.0.1", way="eventlet", log=None)
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="concurrency_lab serve", description="Serve the lab in the browser.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5000, help="0: any that is free (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="where runs are recorded")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name of this server, for browsers"
    )
    parser.add_argument(
        "--allow-parent",
        action="append",
        default=[],
        type=_parent,
        metavar="ORIGIN",
        help="a site whose pages may show /embed/ in a frame, e.g. https://courses.example.org",
    )
    _add_quotas(parser)
    parser.add_argument("--lessons", action="append", default=[], metavar="DIR", help="a folder with further lessons")
    parser.add_argument("--playground", action="store_true", help="let whoever sees the page run code of their own")
    _add_containment(parser)
    add_cluster(parser)
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--log", metavar="FILE", help="write a line for each event there (-: standard error)")
    for option, type_, what in (
        ("--keep-runs", int, "keep so many recorded runs"),
        ("--keep-days", float, "keep recorded runs for so long"),
        ("--keep-mb", float, "keep recorded runs up to so much in all"),
    ):
        text = f"{what}, and remove the oldest (0: any; marked ones are always kept)"
        parser.add_argument(option, type=type_, metavar="N", help=text)
    parser.add_argument(
        "--metrics-token-file", type=Path, metavar="FILE", help="holds what Prometheus shows to read /metrics"
    )
    parser.add_argument("--async", dest="way", choices=("eventlet", "threading"), default="eventlet")
    return parser


def _add_quotas(parser: argparse.ArgumentParser) -> None:
    for name, least, help_text in (
        ("--max-runs", 1, "runs at once"),
        ("--max-queue", 0, "runs that may wait for a place"),
    ):
        default = DEFAULTS[name.removeprefix("--").replace("-", "_").upper()]
        about = f"{help_text} (default: {default})"
        parser.add_argument(name, type=at_least(least), default=default, metavar="N", help=about)
    parser.add_argument(
        "--audience",
        type=at_least(0),
        default=quotas.AUDIENCE,
        metavar="N",
        help="how many people may share one network address; 0: any number (default: %(default)s, a lecture hall)",
    )
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="one proxy is in front: believe its X-Forwarded-For and X-Forwarded-Proto",
    )


def _add_containment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="where pages come from that may start runs, e.g. https://lab.example.org (default: this server's names)",
    )
    parser.add_argument(
        "--l3", action="store_true", help="for --playground in public: limits of a control group or a VM are around us"
    )
    parser.add_argument(
        "--no-jail", action="store_true", help="run lessons outside of the jail also where there is one"
    )


def _parent(text: str) -> str:
    from concurrency_lab.web.guard import parent_origin

    try:
        return parent_origin(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add what several servers and workers have in common. In the environment no password is seen by `ps`."""
    for option, variable, what in (
        ("--redis", "CONCURRENCY_LAB_REDIS", "redis://HOST:PORT/0, over which workers tell servers of their runs"),
        ("--database", "CONCURRENCY_LAB_DATABASE", "postgresql://USER:PASSWORD@HOST/NAME, where all of them record"),
    ):
        about = f"{what} (or ${variable})"
        parser.add_argument(option, metavar="URL", default=os.environ.get(variable), help=about)


def _cluster(options: argparse.Namespace) -> dict[str, Any]:
    """Return what makes this server one of several, if it is to be."""
    if not (options.redis or options.database):
        return {}
    return {"CLUSTER": cluster_addresses(options)}


def cluster_addresses(options: argparse.Namespace) -> Any:
    """Return where the shared parts are; raise CannotServe where one is not named, or the libraries are missing."""
    if not (options.redis and options.database):
        raise CannotServe("--redis and --database belong together: several machines need both. docs/many-machines.md")
    try:
        from concurrency_lab.web.cluster import Addresses
    except ImportError as error:
        raise CannotServe(f"{error}: pip install -r requirements-cluster.txt") from None
    return Addresses(options.redis, options.database)


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the arguments of `serve` say of the application."""
    # With strangers' code, names are listed one by one.
    any_address = not _is_loopback(options.host) and not options.playground
    return {
        "DATA": options.data,
        "EMBED_PARENTS": tuple(options.allow_parent),
        "LESSONS": options.lessons,
        "HOST_NAMES": (options.host, *options.allow_host, *([socket.gethostname()] if any_address else [])),
        "ANY_ADDRESS": any_address,
        "MAX_RUNS": options.max_runs,
        "MAX_QUEUE": options.max_queue,
        "BEHIND_PROXY": options.behind_proxy,
        **quotas.for_audience(options.audience),
        "ORIGINS": tuple(options.allow_origin),
        "KEEP": _keep(options),
        "OWN_LAB": _is_own_lab(options),
        "METRICS_TOKEN": _metrics_token(options.metrics_token_file),
        "PLAYGROUND": options.playground,
    }


def _containment(options: argparse.Namespace, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether runs are jailed, after trying it out; raise CannotServe where it must be and cannot."""
    if not options.playground and (options.no_jail or "JAIL" in settings):
        return {"JAIL": False}
    found = jail.verdict(options.data)
    if options.playground:
        _check_playground(options, found)
    return {"JAIL": found.jail_ok and found.uid_ok and not options.no_jail}


def _check_playground(options: argparse.Namespace, found: jail.Verdict) -> None:
    """Refuse to run strangers' code where it is not contained; raise CannotServe."""
    for layer in found.layers:
        if not layer.ok and layer.name.startswith("L2"):
            raise CannotServe(
                f"The playground cannot be switched on: {layer.text} {layer.advice} "
                "`python -m concurrency_lab doctor` says more."
            )
    # Behind a proxy the whole world reaches a server that listens on the loopback.
    if _is_loopback(options.host) and not options.behind_proxy:
        return
    missing = [
        f"{option} {what}"
        for option, what, given in (
            ("--allow-host", "NAME", options.allow_host),
            ("--allow-origin", "ORIGIN", options.allow_origin),
            ("--l3", "(limits of a control group or a VM are around the server)", options.l3),
        )
        if not given
    ]
    if missing:
        raise CannotServe(f"The playground on a public address needs also: {'; '.join(missing)}.")
    for layer in found.layers:
        # Where no control group can be seen (a VM), the operator's word has to do.
        if layer.name.startswith("L3") and not layer.ok and jail.sees_control_group():
            raise CannotServe(f"--l3 says that there are limits around the server. {layer.text} {layer.advice}")


def _keep(options: argparse.Namespace) -> Keep:
    """Return how many runs are kept: what was said, else the usual."""
    usual: Keep = DEFAULTS["KEEP"]

    def said(value: Any, otherwise: Any) -> Any:
        if value is not None and not value >= 0:
            raise CannotServe("How many runs are kept must be a number, 0 (any number) or more.")
        return otherwise if value is None else value or None

    return Keep(
        said(options.keep_runs, usual.runs), said(options.keep_days, None), said(options.keep_mb, usual.megabytes)
    )


def _metrics_token(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotServe(f"The token in {path} cannot be read: {error}.") from None
    if len(token) < _TOKEN_CHARACTERS:
        raise CannotServe(f"The token in {path} is too short: at least {_TOKEN_CHARACTERS} characters.")
    return token


def _serve(options: argparse.Namespace, settings: Mapping[str, Any], page: str = "") -> None:
    """Serve until a signal says to stop; `page`: the path of the page to open."""
    from concurrency_lab.web import aio, close_app, create_app, log

    _allow_many_files()
    begin_log(options)
    listener = _listen(options.host, options.port)
    with listener, StopSignal() as stop:
        app = create_app({"ASYNC": options.way, **settings})
        for problem in app.extensions["lab.catalogue"].problems:
            print(f"concurrency_lab: a lesson is left out: {problem}", file=sys.stderr)
        way: aio.Aio = app.extensions["lab.aio"]
        way.serve(app, listener)
        url = f"http://{_shown(options.host)}:{listener.getsockname()[1]}/{page}"
        what = "The trace" if page else "Concurrency Lab"
        print(f"{what} is at {url} (end it with Ctrl-C)", flush=True)
        if app.config["BEHIND_PROXY"] or not _is_loopback(options.host):
            # Not on one's own machine: there whoever started a run is mostly who wants to stop it.
            key = app.extensions["lab.tokens"].presenter_key
            who = "The presenter, who may stop everybody's runs, opens"
            print(f"{who} {url}?presenter={key} (or the same under another name of this server)", flush=True)
        log.event("server.started", address=options.host, port=listener.getsockname()[1], way=options.way)
        browser = None if options.no_open else _open_browser(url)
        way.wait_readable(stop.reader, None)
        log.event("server.ending")
        stop.end_at_once_next_time()
        close_app(app)
        log.event("server.ended")
        if browser is not None:
            browser.poll()


def _allow_many_files() -> None:
    """Make room for many connections; runs have the warden's limit, which was set before."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    if wanted > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def at_least(least: int) -> Callable[[str], int]:
    """Return what reads a whole number from an argument."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least {least}")
        return int(text)

    return number


def begin_log(options: argparse.Namespace) -> None:
    """Begin the log; raise CannotServe where it cannot be written."""
    from concurrency_lab.web import log

    try:
        log.init(options.log)
    except OSError as error:
        raise CannotServe(f"The log {options.log} cannot be written: {error.strerror or error}.") from None


def _listen(host: str, port: int) -> socket.socket:
    from concurrency_lab.web import aio

    try:
        return aio.listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            hint = f"end the program that uses it, or choose another one, e.g. --port {port + 1}"
            raise CannotServe(f"Port {port} is taken: {hint}.") from None
        raise CannotServe(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from None
    except OverflowError:
        raise CannotServe(f"{port} is no port: choose one from 0 to 65535.") from None


class StopSignal:
    """SIGINT and SIGTERM as something to wait for, in any way of waiting."""

    def __init__(self) -> None:
        self.reader, self._writer = socket.socketpair()

    def __enter__(self) -> "StopSignal":
        self._writer.setblocking(False)
        self._former_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def end_at_once_next_time(self) -> None:
        """From now on a signal ends the server where it stands."""
        for number in self._former:
            signal.signal(number, _end_at_once)

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(self._former_fd)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self.reader.close()
        self._writer.close()


def _ignore(_number: int, _frame: object) -> None:
    """Having a handler is what makes the signal come through the wakeup descriptor."""


def _end_at_once(_number: int, _frame: object) -> None:
    # The warden sees our end, and ends all runs; the next start of the server completes their traces.
    os._exit(0)


def _open_browser(url: str) -> "subprocess.Popen[bytes] | None":
    """Open a browser where there is a desktop; in a process of its own, for it may take seconds."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    command = [sys.executable, "-m", "webbrowser", url]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _is_own_lab(options: argparse.Namespace) -> bool:
    """Say whether only this computer's own browsers reach the server, as far as its arguments tell."""
    is_forwarded = options.behind_proxy or options.allow_host or options.allow_origin
    return _is_loopback(options.host) and not is_forwarded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    sys.exit(main())
