"""Looks for what data races are found from: who uses which variable, and what orders that. Only with --races."""

from __future__ import annotations

import os

from . import variables, watching
from .patching import quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Patches = dict[str, Callable[[Any], None]]


def begin(patches: Patches) -> Patches:
    """Watch the variables of this process; return what else is to be patched when it is imported."""
    os.register_at_fork(after_in_child=_after_fork_in_child)
    watching.begin()
    both = dict(patches)
    for name, patch in _PATCHES.items():
        both[name] = _one_after_the_other(patches.get(name), patch)
    return both


@quiet
def _after_fork_in_child() -> None:
    variables.table.begin()
    watching.watch.begin_process()


def _one_after_the_other(first: Callable[[Any], None] | None, second: Callable[[Any], None]) -> Callable[[Any], None]:
    def patch(module: Any) -> None:
        if first is not None:
            first(module)
        second(module)

    return patch


# A line for each module; ordering.py is read when the first of them is imported.
def _threading(module: Any) -> None:
    from . import ordering

    ordering.patch_threading(module, watching.watch.stop)


def _queue(module: Any) -> None:
    from . import ordering

    ordering.patch_queue(module)


def _logging(module: Any) -> None:
    from . import ordering

    ordering.patch_logging(module)


def _futures_base(module: Any) -> None:
    from . import ordering

    ordering.patch_futures_base(module)


def _futures_thread(module: Any) -> None:
    from . import ordering

    ordering.patch_futures_thread(module)


def _mp_pool(module: Any) -> None:
    from . import ordering

    ordering.patch_pool(module)


def _asyncio_base_events(module: Any) -> None:
    from . import ordering

    ordering.patch_base_events(module)


def _asyncio_events(module: Any) -> None:
    from . import ordering

    ordering.patch_events(module)


_PATCHES: Patches = {
    "threading": _threading,
    "queue": _queue,
    "logging": _logging,
    "concurrent.futures._base": _futures_base,
    "concurrent.futures.thread": _futures_thread,
    "multiprocessing.pool": _mp_pool,
    "asyncio.base_events": _asyncio_base_events,
    "asyncio.events": _asyncio_events,
}
