"""Installs the probes in this process: what is there already at once, other modules when they are imported."""

from __future__ import annotations

import atexit
import os

from . import clock, frames, locks, output, patching, processes, sink, threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# One line for each module that is patched when the program imports it. A family's file is read only
# then: a program that never imports a module never pays for its probes.
def _threading(module: Any) -> None:
    from . import conditions, sync

    locks.patch_threading(module)
    conditions.patch_threading(module)
    sync.patch_threading(module)
    threads.patch_threading(module)


def _signal(module: Any) -> None:
    from . import signals

    signals.patch_signal(module)


LAZY = {
    "threading": _threading,
    "signal": _signal,
}


def install(folder: str, home: str) -> None:
    """Begin to trace this process."""
    sink.state.most = int(os.environ.get("CONCURRENCY_LAB_MAX_SEGMENTS") or 64)
    sink.state.on_resume = frames.tell_all
    is_first = sink.open_series(folder)
    processes.tell_started("main" if is_first else "exec")
    frames.set_roots(os.environ.get("CONCURRENCY_LAB_USER", ""), home)
    locks.patch_thread()
    threads.patch_thread()
    clock.patch()
    processes.patch()
    output.patch()
    patching.patch_lazily(LAZY)
    atexit.register(sink.close)
