"""The server that is tried, as a process: SETTINGS as JSON, then the arguments of `serve`."""

import json
import socket
import sys
from typing import Any

from concurrency_lab.trace import codec
from concurrency_lab.web import serve
from tests.web.lab_server import PROGRAMS, FakeCatalogue, FakeLesson
from tests.web.made_stream import HEADER


class InstantRuns:
    """Stands in for the warden where 10^5 runs would take hours: each run has ended when it begins."""

    alive = True

    def run(self, spec: Any) -> socket.socket:
        """Return the stream of a run without events."""
        ours, theirs = socket.socketpair()
        ended = {"seq": 0, "ts_ns": 1, "kind": "run.ended", "by": "os", "status": "finished", "exit_code": 0}
        with theirs:
            theirs.sendall((codec.dumps({**HEADER, "run": spec.run_id}) + "\n" + codec.dumps(ended) + "\n").encode())
        return ours


class Strings(FakeLesson):
    """A lesson whose program does with the strings of a file what a program can do with strings."""

    def __init__(self, text: str) -> None:
        self._text = text
        PROGRAMS["strings"] = text
        super().__init__("strings")

    def validate(self, raw: dict[str, Any], _case: Any) -> dict[str, Any]:
        """Return the number of the file."""
        return {"BATCH": int(raw["BATCH"])}

    def render(self, values: dict[str, Any], _case: Any) -> str:
        """Return the program that reads that file."""
        return self._text.replace("BATCH = 0", f"BATCH = {values['BATCH']}")


def _catalogue_of(lesson: FakeLesson) -> FakeCatalogue:
    catalogue = FakeCatalogue()
    catalogue.lessons = [lesson]
    return catalogue


def main(given: str, arguments: list[str]) -> int:
    """Serve until SIGTERM."""
    settings = json.loads(given)
    if settings.pop("INSTANT_RUNS", False):
        settings["WARDEN"] = InstantRuns()
    strings = settings.pop("STRINGS", None)
    if strings is not None:
        settings["CATALOGUE"] = _catalogue_of(Strings(strings))
    return serve.main(arguments, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
