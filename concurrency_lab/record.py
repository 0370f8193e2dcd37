"""Copies a run's trace into a file as it comes: for the command line, notebooks and pytest."""

import json
import socket
from typing import Any, BinaryIO

from concurrency_lab.trace import codec

_CHUNK_BYTES = 1 << 18


class NotStarted(RuntimeError):
    """Nothing of the run has come; its text says so."""


def copy(stream: socket.socket, file: BinaryIO) -> dict[str, Any]:
    """Copy a trace as it comes, whole lines only; return its last event, run.ended, also where it had to be added."""
    last_line = rest = b""
    while chunk := stream.recv(_CHUNK_BYTES):
        *before, rest = (rest + chunk).rsplit(b"\n", 2)
        if before:
            last_line = before[-1]
            # At once: whoever reads along wants to see it, and whether anybody reads is found out by writing.
            file.write(b"".join(line + b"\n" for line in before))
            file.flush()
    last: dict[str, Any] = json.loads(last_line.decode("utf-8", "surrogatepass")) if last_line else {}
    if not last:
        raise NotStarted("The run could not be started: the process that starts runs has ended.")
    if last.get("kind") != "run.ended":
        text = "The supervisor of this run was killed."
        ended = {"seq": last.get("seq", -1) + 1, "ts_ns": last.get("ts_ns", 0), "kind": "run.ended", "by": "inferred"}
        last = {**ended, "status": "interrupted", "text": text}
        file.write(codec.dumps(last).encode() + b"\n")
        file.flush()
    return last
