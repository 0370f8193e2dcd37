"""The asynchronous parts of the server, once on eventlet and once on threads; nothing else knows which.

eventlet is the default: measured, it serves 200 watchers with one thread where threads need 803. Its
maintainers plan its retirement, so everything that would have to be replaced is here and in green_http.py. Nothing
is monkey-patched: a blocking call anywhere else stalls every watcher, and must be short.
"""

import contextlib
import logging
import select
import socket
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from werkzeug.serving import WSGIRequestHandler, make_server

WsgiApp = Callable[..., Any]
# Measured: with the usual 50, half of 300 clients that connect at once wait for over a second.
_BACKLOG = 1024


class Event(Protocol):
    """Something that happens once, and that many can wait for."""

    def set(self) -> None:
        """Let everybody who waits go on."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set; return whether it is."""


class Aio(Protocol):
    """What the server needs of a way to do many things at once."""

    name: str

    def spawn(self, function: Callable[..., None], *args: object) -> None:
        """Run a function beside everything else."""

    def sleep(self, seconds: float) -> None:
        """Let the others run for at least this long."""

    def wait_readable(self, sock: socket.socket, timeout_s: float | None) -> bool:
        """Wait until a socket has something to read or was closed; False: the time is over."""

    def offload(self, function: Callable[..., Any], *args: object) -> Any:
        """Return what a function that computes for long returns; the others run meanwhile."""

    def lock(self) -> contextlib.AbstractContextManager[Any]:
        """Return a new lock."""

    def event(self) -> Event:
        """Return a new event."""

    def serve(self, app: WsgiApp, listener: socket.socket) -> None:
        """Begin to serve; return at once."""

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        """Return the socket of a request."""


class ThreadedAio:
    """A thread for everything."""

    name = "threading"

    def spawn(self, function: Callable[..., None], *args: object) -> None:
        threading.Thread(target=function, args=args, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait_readable(self, sock: socket.socket, timeout_s: float | None) -> bool:
        # Not select(), which refuses descriptors above 1023.
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))

    def offload(self, function: Callable[..., Any], *args: object) -> Any:
        return function(*args)

    def lock(self) -> contextlib.AbstractContextManager[Any]:
        return threading.Lock()

    def event(self) -> Event:
        return threading.Event()

    def serve(self, app: WsgiApp, listener: socket.socket) -> None:
        host, port = listener.getsockname()[:2]
        server = make_server(host, port, app, threaded=True, request_handler=_QuietHandler, fd=listener.fileno())
        self.spawn(server.serve_forever)

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        sock: socket.socket = environ["werkzeug.socket"]
        return sock


class _QuietHandler(WSGIRequestHandler):
    """Neither logs every request nor tells the client what it is made of."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "server":
            super().send_header(keyword, value)


class _NotReadable(Exception):
    """The time to wait for a socket is over."""


class EventletAio:
    """Green threads: one thread, which changes hands only where something waits."""

    name = "eventlet"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\s*Eventlet is deprecated")
            import eventlet
            import eventlet.event
            import eventlet.hubs
            import eventlet.semaphore
            import eventlet.tpool
            import eventlet.wsgi

            from concurrency_lab.web import green_http
        self._eventlet = eventlet
        self._http = green_http

    def spawn(self, function: Callable[..., None], *args: object) -> None:
        self._eventlet.spawn(_logged, function, *args)

    def sleep(self, seconds: float) -> None:
        self._eventlet.sleep(seconds)

    def wait_readable(self, sock: socket.socket, timeout_s: float | None) -> bool:
        try:
            self._eventlet.hubs.trampoline(sock, read=True, timeout=timeout_s, timeout_exc=_NotReadable)
        except _NotReadable:
            return False
        return True

    def offload(self, function: Callable[..., Any], *args: object) -> Any:
        # A thread of its own: what it does must not touch anything green.
        return self._eventlet.tpool.execute(function, *args)

    def lock(self) -> contextlib.AbstractContextManager[Any]:
        lock: contextlib.AbstractContextManager[Any] = self._eventlet.semaphore.Semaphore()
        return lock

    def event(self) -> Event:
        return _GreenEvent(self._eventlet)

    def serve(self, app: WsgiApp, listener: socket.socket) -> None:
        # debug=True, the default, would send tracebacks to the client.
        green = self._eventlet.greenio.GreenSocket(listener)
        self.spawn(
            lambda: self._eventlet.wsgi.server(
                green,
                app,
                log=self._http.Log(logging.getLogger("concurrency_lab").error),
                protocol=self._http.Protocol,
                keepalive=self._http.IDLE_S,
                socket_timeout=self._http.IDLE_S,
                debug=False,
                log_output=False,
            )
        )

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        sock: socket.socket = environ["eventlet.input"].get_socket()
        return sock


class _GreenEvent:
    def __init__(self, eventlet: Any) -> None:
        self._eventlet = eventlet
        self._event = eventlet.event.Event()

    def set(self) -> None:
        if not self._event.ready():
            self._event.send()

    def wait(self, timeout_s: float) -> bool:
        with self._eventlet.Timeout(timeout_s, False):
            self._event.wait()
        return bool(self._event.ready())


def _logged(function: Callable[..., None], *args: object) -> None:
    try:
        function(*args)
    except Exception:
        logging.getLogger("concurrency_lab").exception("A background task of the server failed.")


def choose(name: str) -> Aio:
    """Return the implementation of this name: eventlet or threading."""
    return EventletAio() if name == "eventlet" else ThreadedAio()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raise OSError when the port is taken.

    Never with SO_REUSEPORT, with which a second server silently takes half of the requests.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it: a batch is sent when it is ready, not when the last one was acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener
