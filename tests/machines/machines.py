"""Servers and workers of one lab, each a process of its own, as if each were a machine."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.machines.backends import Postgres, Redis
from tests.web.lab_server import PATIENCE_S, ROOT, LabServer, MadeStreams, launch

EXPIRY_S = 1.5


@dataclasses.dataclass
class WorkerProcess:
    process: "subprocess.Popen[str]"
    id: str

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


class Lab:
    """One lab on several machines."""

    def __init__(self, folder: Path, news: Redis, store: Postgres) -> None:
        self.folder = folder
        self.news = news
        self.store = store
        self._ended = contextlib.ExitStack()
        self._servers = 0

    @property
    def arguments(self) -> list[str]:
        return ["--redis", self.news.url, "--database", self.store.url]

    def server(self, way: str = "eventlet", **settings: object) -> LabServer:
        self._servers += 1
        data = self.folder / f"data-{self._servers}"
        settings = {"EXPIRY_S": EXPIRY_S, "JAIL": False, "arguments": self.arguments} | settings
        server = launch(data, way, **settings)
        self._ended.callback(lambda: server.process.poll() is None and server.end())
        return server

    def worker(self, places: int = 2, jail: Path | None = None, **settings: object) -> WorkerProcess:
        """Start a worker; `jail`: where it keeps what it has found of its jail. Without, it has none."""
        command = [sys.executable, str(Path(__file__)), json.dumps({"EXPIRY_S": EXPIRY_S} | settings)]
        command += ["--places", str(places), *(["--data", str(jail)] if jail else ["--no-jail"]), *self.arguments]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=self.folder, env=environ)
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("The worker "), said
        worker = WorkerProcess(process, said.split()[2])
        self._ended.callback(lambda: worker.process.poll() is None and worker.end())
        return worker

    def close(self) -> None:
        self._ended.close()


@contextlib.contextmanager
def one_lab(folder: Path, news: Redis, store: Postgres) -> Iterator[Lab]:
    """Have a lab while the block runs."""
    lab = Lab(folder, news, store)
    try:
        yield lab
    finally:
        lab.close()


def main(given: str, arguments: list[str]) -> int:
    from concurrency_lab.web import work

    settings = json.loads(given)
    if settings.pop("MADE_STREAMS", False):
        settings["WARDEN"] = MadeStreams()
    return work.main(arguments, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
