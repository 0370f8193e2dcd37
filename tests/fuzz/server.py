"""A real server in a process of its own, looked after while it is given bad input."""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fuzz.harness import PATIENCE_S, Target, Wrong, resident_mb

ROOT = Path(__file__).resolve().parents[2]
_LOOK_S = 0.1
_LINE_BYTES = 200
# Out of the way: what is tried lies behind them, and at their refusals every case would look good.
_NO_QUOTAS = {"RATES": {}, "MAX_SOCKETS_PER_ADDRESS": None, "MAX_WAITING_PER_ADDRESS": None}


class ServerTarget(Target):
    """A target that is a server. Subclasses give it cases; what it answers and logs is looked at here."""

    # arguments of tests/fuzz/serving.py; no run is real but where a target says so
    settings: dict[str, Any] = {"INSTANT_RUNS": True}  # noqa: RUF012 - never changed

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        """Start the server, and ask it all the time whether it lives."""
        with tempfile.TemporaryDirectory(prefix="concurrency-lab-fuzz-") as folder, contextlib.ExitStack() as stack:
            self.folder = Path(folder)
            self._log = stack.enter_context(open(self.folder / "log", "w+b"))
            self._start()
            self.errors_5xx = 0
            self._tracebacks = 0
            self.slowest_answer_ms = 0.0
            self._done = threading.Event()
            looking = threading.Thread(target=self._look, daemon=True)
            looking.start()
            try:
                yield
            finally:
                self._done.set()
                looking.join()
                self.process.terminate()
                self.process.wait(PATIENCE_S)
                self._out.close()

    def _start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("serving.py")), json.dumps(_NO_QUOTAS | self.settings)]
        command += ["--port", "0", "--data", str(self.folder / "data"), "--no-open", "--no-jail"]
        environ = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=self.folder, env=environ
        )
        assert self.process.stdout is not None
        self._out = self.process.stdout
        said = self._out.readline()
        assert "http://" in said, f"{said}{(self.folder / 'log').read_text()}"
        self.url = said.split()[4].rstrip("/")
        self.netloc = urlsplit(self.url).netloc
        host, _, port = self.netloc.rpartition(":")
        self.address = host, int(port)
        page = self.get("/").partition('id="page-data">')[2].partition("</script>")[0]
        self.token: str = json.loads(page)["token"]

    def get(self, path: str) -> str:
        """Return the text of an answer that is known to be good."""
        connection = http.client.HTTPConnection(self.netloc, timeout=PATIENCE_S)
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(self.address, timeout=PATIENCE_S)

    def count_status(self, status: int, said: object = "") -> None:
        """Look at the status of an answer; raise Wrong for a 5xx."""
        if status >= 500:
            self.errors_5xx += 1
            self._tracebacks = self._count_tracebacks()
            raise Wrong(f"the answer says {status} {said!s:.300}")

    def look_at_log(self) -> None:
        """Raise Wrong when the server has logged a traceback since the last look."""
        now = self._count_tracebacks()
        if now > self._tracebacks:
            self._tracebacks = now
            raise Wrong("a traceback: " + (self.folder / "log").read_text(errors="replace")[-600:].strip())
        if self.process.poll() is not None:
            raise Wrong(f"the server ended with {self.process.returncode}")

    def _count_tracebacks(self) -> int:
        return (self.folder / "log").read_bytes().count(b"Traceback (most recent call last)")

    def _look(self) -> None:
        """Ask the server whether it is well, again and again, each time as a new client."""
        while not self._done.wait(_LOOK_S):
            began_s = time.monotonic()
            try:
                connection = http.client.HTTPConnection(self.netloc, timeout=PATIENCE_S)
                connection.request("GET", "/healthz")
                ok = connection.getresponse().status == 200
                connection.close()
            except OSError:
                ok = False
            waited_ms = (time.monotonic() - began_s) * 1000
            self.slowest_answer_ms = max(self.slowest_answer_ms, waited_ms if ok else PATIENCE_S * 1000)

    def resident_mb(self) -> float:
        """Return the server's memory."""
        return resident_mb(self.process.pid)

    def health(self) -> dict[str, Any]:
        """Return what was seen of the server."""
        log = (self.folder / "log").read_bytes()
        return {
            "errors_5xx": self.errors_5xx,
            "tracebacks": self._count_tracebacks(),
            # What ends no line is not less of a log.
            "log_lines": max(len(log) // _LINE_BYTES, log.count(b"\n")),
            "slowest_answer_ms": self.slowest_answer_ms,
            "alive": self.process.poll() is None,
        }


class ClientTarget(ServerTarget):
    """Asks the server again and again on one connection."""

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        with super().ready():
            self._connection = http.client.HTTPConnection(self.netloc)
            try:
                yield
            finally:
                self._connection.close()

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Send a request; return its answer, of which only the body is unread."""
        try:
            self._send(method, path, body, headers)
            return self._connection.getresponse()
        except (http.client.HTTPException, ConnectionError):
            # The server closes what it kept open after some errors: that is its right. A new one must do.
            self._connection.close()
        self._send(method, path, body, headers)
        return self._connection.getresponse()

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> None:
        self._connection.putrequest(method, path)
        for name, value in headers.items():
            self._connection.putheader(name, value.encode("latin-1", "replace"))
        if body is not None:
            self._connection.putheader("Content-Length", str(len(body)))
        self._connection.endheaders(body)
