"""Ids of what processes share, carried to processes that do not inherit them by fork.

What is shared stands on a named semaphore. Its name tells a spawned child the id: the parent's table goes
along in the preparation data, where a child that is not traced does not look at it.
"""

from __future__ import annotations

from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEY = "concurrency_lab"

# role and semaphore's name -> id
_table: dict[str, int] = {}


def tell(role: str, semaphore: Any, obj: int) -> None:
    """Note the id of a thing for processes to come; `semaphore`: the SemLock that it stands on."""
    name = semaphore._semlock.name
    if name is not None:
        _table[f"{role} {name}"] = obj


def ask(role: str, semaphore: Any) -> int:
    """Return the id of a thing that came from another process; 0 if it is not traced."""
    return _table.get(f"{role} {semaphore._semlock.name}", 0)


def forget(name: str) -> None:
    """Forget a semaphore that is gone."""
    for key in [key for key in _table if key.endswith(f" {name}")]:
        del _table[key]


def patch_spawn(module: Any) -> None:
    """Patch multiprocessing.spawn."""

    def make_data(original: Any) -> Any:
        def get_preparation_data(name: Any) -> Any:
            try:
                data = original(name)
            except BaseException as error:
                hide(error)
                raise
            data[_KEY] = dict(_table)
            return data

        return get_preparation_data

    def make_prepare(original: Any) -> Any:
        def prepare(data: Any) -> None:
            try:
                table = data.pop(_KEY, None)
                if type(table) is dict:
                    _table.update(table)
                original(data)
            except BaseException as error:
                hide(error)
                raise

        return prepare

    replace(module, "get_preparation_data", make_data)
    replace(module, "prepare", make_prepare)
