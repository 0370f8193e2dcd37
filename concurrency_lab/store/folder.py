"""The data folder: made on first use, locked by one server at a time, with the secret that signs tokens."""

import contextlib
import fcntl
import os
import secrets
import shutil
from pathlib import Path

from concurrency_lab.store.problem import StoreError, explained

_SECRET_BYTES = 32


class DataFolder:
    """One data folder, held by this process until `close`.

    The lock is there because a server marks runs that nobody leads as interrupted: a second one
    would end the runs of the first.
    """

    def __init__(self, path: Path) -> None:
        # A run has a folder in it as its current one: from there a relative path would lead nowhere.
        self.path = path = path.absolute()
        with explained(path):
            path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StoreError(
                f"Another Concurrency Lab is using {path}: end it, or choose another folder with --data."
            ) from None
        # What a killed server left behind; its runs are dead.
        shutil.rmtree(self.programs, ignore_errors=True)

    @property
    def database(self) -> Path:
        """The file with the recorded runs."""
        return self.path / "runs.sqlite"

    @property
    def programs(self) -> Path:
        """The folder with a folder for each run that is going on."""
        return self.path / "programs"

    def secret(self) -> bytes:
        """Return the key that signs tokens; it outlives the server, so that open pages stay valid."""
        path = self.path / "secret"
        with explained(path):
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(secrets.token_bytes(_SECRET_BYTES))
            # A folder that was copied here may have come with wider permissions.
            path.chmod(0o600)
            secret = path.read_bytes()
        if len(secret) < _SECRET_BYTES:
            raise StoreError(f"{path} is damaged: delete it, and a new one will be made.")
        return secret

    def close(self) -> None:
        """Let another server have the folder."""
        os.close(self._lock)
