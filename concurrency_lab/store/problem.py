"""What can go wrong with the data folder, as sentences for whoever runs the server."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import DatabaseError, InterfaceError, TimeoutError

# In what the driver says when there is no server behind a connection, or no longer.
_AWAY = (
    "connection failed",
    "connection refused",
    "connection is closed",
    "connection is lost",
    "connection to server",
    "connection timeout",
    "could not connect",
    "could not receive data",
    "could not send data",
    "server closed the connection",
    "terminating connection",
    "shutting down",
    "starting up",
    "statement timeout",
    "too many clients",
    "the connection",
)


class StoreError(Exception):
    """The data folder cannot be used; its text says why and what to do."""


class StoreAway(StoreError):
    """The database's server cannot be reached just now; nothing that was recorded is lost."""


class UnknownRun(KeyError):
    """No run has this id."""


class RemovedRun(UnknownRun):
    """The run was here; retention has removed it."""

    def __init__(self, run_id: str, removed_at: str) -> None:
        super().__init__(run_id)
        self.removed_at = removed_at


@contextlib.contextmanager
def explained(path: Path | str) -> Iterator[None]:
    """Turn a failure of the database or of the file system into a StoreError; a str names a database's server."""
    try:
        yield
    except (DatabaseError, InterfaceError, TimeoutError) as error:
        if isinstance(path, str):
            raise _of_server(error, path) from error
        raise StoreError(_sentence(str(getattr(error, "orig", error)), path)) from error
    except sqlite3.Error as error:
        raise StoreError(_sentence(str(error), path)) from error
    except OSError as error:
        raise StoreError(_sentence(f"{error.strerror or error}", path)) from error


def _of_server(error: Exception, name: str) -> StoreError:
    """Return what to say where the database is another program, perhaps on another machine."""
    reason = " ".join(str(getattr(error, "orig", error)).split())
    low = reason.lower()
    if isinstance(error, TimeoutError) or any(word in low for word in _AWAY):
        return StoreAway(f"{name} cannot be reached just now ({reason}). Nothing that was recorded is lost.")
    if "no space" in low or "disk full" in low:
        return StoreError(f"The disk that holds {name} is full: free some space, then try again.")
    return StoreError(f"{name} cannot be used: {reason}.")


def _sentence(reason: str, path: Path | str) -> str:
    low = reason.lower()
    if "too many open files" in low:
        return f"{path} cannot be used at the moment: the server has too many files open."
    if "full" in low or "no space" in low or "quota" in low:
        return f"The disk that holds {path} is full: free some space, then try again."
    if "readonly" in low or "read-only" in low or "permission" in low or "unable to open" in low:
        return f"{path} cannot be written: choose another folder with --data, or change its permissions."
    if "not a directory" in low or "file exists" in low:
        return f"{path} is not a folder: choose another one with --data."
    if "not a database" in low or "malformed" in low:
        return f"{path} is damaged: move it away, and a new one will be made."
    if "locked" in low:
        return f"{path} is in use by another program: end that one, then try again."
    return f"{path} cannot be used: {reason}."
