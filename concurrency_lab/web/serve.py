"""python app.py, or python -m concurrency_lab serve or replay: the server from its arguments to its end."""

import argparse
import contextlib
import errno
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from concurrency_lab.store import StoreError, TraceFile
from concurrency_lab.supervisor.client import Warden

_CANNOT_START = 2


class _CannotServe(Exception):
    """The server cannot start; its text says why and what to do."""


def main(arguments: Sequence[str] | None = None, settings: Mapping[str, Any] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code. `settings` go to create_app."""
    options = _parser().parse_args(arguments)
    try:
        # First of all: it must be started while this process has no thread and no event loop.
        with Warden.start() as warden:
            _serve(options, {"WARDEN": warden, **_settings(options), **(settings or {})})
    except (_CannotServe, StoreError) as error:
        print(f"concurrency_lab: {error}", file=sys.stderr)
        return _CANNOT_START
    return 0


def replay(arguments: Sequence[str] | None = None) -> int:
    """Serve one recorded trace until SIGINT or SIGTERM; return the exit code."""
    options = _replay_parser().parse_args(arguments)
    try:
        with (
            contextlib.closing(TraceFile(options.file)) as file,
            Warden.start() as warden,
            tempfile.TemporaryDirectory(prefix="concurrency-lab-replay-") as data,
        ):
            _serve(options, {"WARDEN": warden, "DATA": data, "REPLAY": file}, f"runs/{file.run.id}")
    except (_CannotServe, StoreError) as error:
        print(f"concurrency_lab: {error}", file=sys.stderr)
        return _CANNOT_START
    return 0


def _replay_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="concurrency_lab replay", description="Show a recorded trace in the browser. Nothing of it is changed."
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a trace, as `run` and `trace` write it, or its .gz")
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: any port that is free)")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.set_defaults(host="127.0.0.1", way="eventlet")
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
    parser.add_argument("--lessons", action="append", default=[], metavar="DIR", help="a folder with further lessons")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--async", dest="way", choices=("eventlet", "threading"), default="eventlet")
    return parser


def _parent(text: str) -> str:
    from concurrency_lab.web.guard import parent_origin

    try:
        return parent_origin(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the arguments of `serve` say of the application."""
    any_address = not _is_loopback(options.host)
    return {
        "DATA": options.data,
        "EMBED_PARENTS": tuple(options.allow_parent),
        "LESSONS": options.lessons,
        "HOST_NAMES": (options.host, *options.allow_host, *([socket.gethostname()] if any_address else [])),
        "ANY_ADDRESS": any_address,
    }


def _serve(options: argparse.Namespace, settings: Mapping[str, Any], page: str = "") -> None:
    """Serve until a signal says to stop; `page`: the path of the page to open."""
    from concurrency_lab.web import aio, close_app, create_app

    listener = _listen(options.host, options.port)
    with listener, _StopSignal() as stop:
        app = create_app({"ASYNC": options.way, **settings})
        for problem in app.extensions["lab.catalogue"].problems:
            print(f"concurrency_lab: a lesson is left out: {problem}", file=sys.stderr)
        way: aio.Aio = app.extensions["lab.aio"]
        way.serve(app, listener)
        url = f"http://{_shown(options.host)}:{listener.getsockname()[1]}/{page}"
        what = "The trace" if page else "Concurrency Lab"
        print(f"{what} is at {url} (end it with Ctrl-C)", flush=True)
        browser = None if options.no_open else _open_browser(url)
        way.wait_readable(stop.reader, None)
        close_app(app)
        if browser is not None:
            browser.poll()


def _listen(host: str, port: int) -> socket.socket:
    from concurrency_lab.web import aio

    try:
        return aio.listen(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            hint = f"end the program that uses it, or choose another one, e.g. --port {port + 1}"
            raise _CannotServe(f"Port {port} is taken: {hint}.") from None
        raise _CannotServe(f"Cannot listen on {host}, port {port}: {error.strerror or error}.") from None
    except OverflowError:
        raise _CannotServe(f"{port} is no port: choose one from 0 to 65535.") from None


class _StopSignal:
    """SIGINT and SIGTERM as something to wait for, in any way of waiting."""

    def __init__(self) -> None:
        self.reader, self._writer = socket.socketpair()

    def __enter__(self) -> "_StopSignal":
        self._writer.setblocking(False)
        self._former_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(self._former_fd)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self.reader.close()
        self._writer.close()


def _ignore(_number: int, _frame: object) -> None:
    """Having a handler is what makes the signal come through the wakeup descriptor."""


def _open_browser(url: str) -> "subprocess.Popen[bytes] | None":
    """Open a browser where there is a desktop; in a process of its own, for it may take seconds."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    command = [sys.executable, "-m", "webbrowser", url]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


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
