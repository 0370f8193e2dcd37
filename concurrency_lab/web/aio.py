"""The asynchronous parts of the server, once on eventlet and once on threads; nothing else knows which.

eventlet is the default: measured, it serves 200 watchers with one thread where threads need 803. Its
maintainers plan its retirement, so everything that would have to be replaced is here and in green_http.py. Nothing
is monkey-patched: a blocking call anywhere else stalls every watcher, and must be short.
"""

import contextlib
import errno
import logging
import select
import socket
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from concurrency_lab.web.frames import framed
from concurrency_lab.web.patience import CONTENT_LENGTHS, Patience

WsgiApp = Callable[..., Any]
# Measured: with the usual 50, half of 300 clients that connect at once wait for over a second.
_BACKLOG = 1024
# Connections at a time, whatever they are for.
_CONNECTIONS = 1024
# With no descriptor left a connection stays in the backlog: it is taken when another one has ended.
_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
# What accept() says of a listening socket that has been closed.
_CLOSED = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK)
_NO_ROOM_S = 0.1
# Real threads of eventlet, for what computes for long: there are two cores, or a few.
_THREADS = 4

_log = logging.getLogger("concurrency_lab")


class Event(Protocol):
    """Something that happens once, and that many can wait for."""

    def set(self) -> None:
        """Let everybody who waits go on."""

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set; return whether it is."""


class Aio(Protocol):
    """What the server needs of a way to do many things at once."""

    name: str
    patience: Patience
    # What makes the frames of a WebSocket of messages, where it takes such.
    framed: Callable[[Sequence[str | bytes]], bytes] | None

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

    def take_frames(self, engine: Any) -> None:
        """Have an Engine.IO server send what `framed` has made as it is."""

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        """Return the socket of a request."""

    def close_after_answer(self, environ: dict[str, Any]) -> None:
        """Have the connection end with the answer to this request."""


class ThreadedAio:
    """A thread for everything."""

    name = "threading"
    framed: Callable[[Sequence[str | bytes]], bytes] | None = None

    def __init__(self) -> None:
        self.patience = Patience(self.sleep)

    def spawn(self, function: Callable[..., None], *args: object) -> None:
        threading.Thread(target=_logged, args=(function, *args), daemon=True).start()

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
        server = _Server(host, port, app, _handler(self.patience), fd=listener.fileno())
        # mypy calls it assigning to a method: it is one of this object, which is how the server is meant to be changed.
        server.get_request = _unhurried(server.get_request, time.sleep)  # type: ignore[method-assign]
        self.spawn(self.patience.watch)
        self.spawn(server.serve_forever)

    def take_frames(self, engine: Any) -> None:
        pass

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        sock: socket.socket = environ["werkzeug.socket"]
        return sock

    def close_after_answer(self, environ: dict[str, Any]) -> None:
        # It always does.
        pass


class _Server(ThreadedWSGIServer):
    """A thread for every connection, but not for as many as anybody likes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._free = threading.BoundedSemaphore(_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()


class _QuietHandler(WSGIRequestHandler):
    """Neither logs every request nor tells the client what it is made of, nor waits for ever."""

    protocol_version = "HTTP/1.1"
    patience: Patience

    def setup(self) -> None:
        super().setup()
        self.patience.begin(self.connection, self.patience.times.head_s)

    def make_environ(self) -> dict[str, Any]:
        if not self.patience.end(self.connection):
            # What was cut off looks like the end of the headers.
            raise TimeoutError
        return super().make_environ() | {CONTENT_LENGTHS: len(self.headers.get_all("Content-Length", ()))}

    def finish(self) -> None:
        self.patience.end(self.connection)
        super().finish()

    def log(self, type: str, message: str, *args: Any) -> None:
        pass

    def send_header(self, keyword: str, value: str) -> None:
        if keyword.lower() != "server":
            super().send_header(keyword, value)


def _handler(patience: Patience) -> type[_QuietHandler]:
    return type("_Handler", (_QuietHandler,), {"patience": patience})


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

            from concurrency_lab.web import green_http, green_socket
        # Its 20 would be made at the first use.
        eventlet.tpool.set_num_threads(_THREADS)
        self._eventlet = eventlet
        self.patience = Patience(self.sleep)
        self._http = green_http
        self._socket = green_socket.FramesSocket
        self.framed: Callable[[Sequence[str | bytes]], bytes] | None = framed

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
        eventlet = self._eventlet

        # eventlet has no types: nothing is known of this base.
        class Listener(eventlet.greenio.GreenSocket):  # type: ignore[misc, name-defined]
            """eventlet's server ends at the first error of accept: at a lack of descriptors, too."""

            def accept(self) -> Any:
                accept = _unhurried(super().accept, eventlet.sleep)
                while True:
                    try:
                        return accept()
                    except OSError as error:
                        if error.errno in _CLOSED:
                            raise

        # debug=True, the default, would send tracebacks to the client.
        options = {"debug": False, "log_output": False, "max_size": _CONNECTIONS, "log": self._http.Log(_log.error)}
        protocol = self._http.protocol(self.patience)
        self.spawn(self.patience.watch)
        self.spawn(lambda: eventlet.wsgi.server(Listener(listener), app, protocol=protocol, **options))

    def take_frames(self, engine: Any) -> None:
        # Engine.IO has no other way to say which class its WebSockets have.
        engine._async = {**engine._async, "websocket": self._socket}

    def raw_socket(self, environ: dict[str, Any]) -> socket.socket:
        sock: socket.socket = environ["eventlet.input"].get_socket()
        return sock

    def close_after_answer(self, environ: dict[str, Any]) -> None:
        environ["lab.protocol"].close_connection = True


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
        _log.exception("A background task of the server failed.")


def _unhurried(accept: Callable[[], Any], sleep: Callable[[float], None]) -> Callable[[], Any]:
    """Return an accept() that says, and waits, where the machine has no room for a connection; then it raises.

    Left to itself a server would try again at once, and take a whole core.
    """

    def accept_unhurried() -> Any:
        try:
            return accept()
        except OSError as error:
            if error.errno in _NO_ROOM:
                _log.error("No connection can be taken: %s.", error.strerror)
                sleep(_NO_ROOM_S)
            raise

    return accept_unhurried


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
