"""A real Redis and a real PostgreSQL for these tests, each on a port of its own, ended with the block that asked."""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import redis

_PATIENCE_S = 20.0


def redis_program() -> str | None:
    return shutil.which("redis-server")


def postgres_programs() -> Path | None:
    """Return the folder with initdb and postgres; Debian has it apart from PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    on_path = shutil.which("initdb")
    path = found[-1] if found else on_path
    return Path(path).parent if path else None


def missing() -> list[str]:
    """Return what is not installed."""
    programs = {"redis-server": redis_program(), "postgresql": postgres_programs()}
    return [name for name, found in programs.items() if found is None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Redis:
    """A Redis that can be killed and started again. It forgets everything then: nothing of ours may need it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        program = redis_program()
        assert program is not None
        command = [
            program,
            "--port",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--set-proc-title",
            "no",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _PATIENCE_S
        with contextlib.closing(redis.Redis.from_url(self.url)) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return
                assert time.monotonic() < deadline, "Redis never answered"
                time.sleep(0.01)

    def hang(self) -> None:
        """Take connections and what is sent, and answer nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again, also what was sent meanwhile."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Postgres:
    """A PostgreSQL with one empty database, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        programs = postgres_programs()
        assert programs is not None
        self._programs = programs
        self._folder = folder
        self._port = free_port()
        self.url = f"postgresql://lab@127.0.0.1:{self._port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        user = _plain_user()
        # It refuses to be root's.
        self._as_user: dict[str, object] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "lab", "-A", "trust", "--no-sync"]
        self._run([*initdb, "--no-instructions", "-E", "UTF8", "--locale=C"])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _run(self, command: list[str]) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._as_user)  # type: ignore[call-overload]

    def start(self) -> None:
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self._folder), "fsync": "off"}
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self._port)]
        command += [f"-c{name}={value}" for name, value in options.items()]
        log = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stderr=log, stdout=log, cwd=self._folder, **self._as_user)  # type: ignore[call-overload]
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            assert time.monotonic() < deadline, "PostgreSQL never answered"
            time.sleep(0.02)

    def database(self, name: str) -> str:
        """Make one more database; return where it is."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url.removesuffix("/postgres") + f"/{name}"

    def stop(self) -> None:
        """Have it end at once: SIGQUIT is its "immediate", without a farewell to anybody."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None


def _plain_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


@contextlib.contextmanager
def backends() -> Iterator[tuple[Redis, Postgres]]:
    """Start both while the block runs."""
    with tempfile.TemporaryDirectory(prefix="lab-machines-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        store, news = Postgres(folder / "postgres"), Redis(folder)
        try:
            store.start()
            news.start()
            yield news, store
        finally:
            news.kill()
            store.stop()
