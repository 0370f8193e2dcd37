"""Installs the probes in this process: what is there already at once, other modules when they are imported."""

from __future__ import annotations

import atexit
import os

from . import sink

_tells_variables = bool(os.environ.get("CONCURRENCY_LAB_VARIABLES"))
if _tells_variables:
    # First of all: the others take sink.emit along as they find it.
    from . import globals_seen

    globals_seen.watch()

# E402: behind that, which the comment above says why.
from . import clock, frames, locks, output, patching, pipes, processes, programs, threads, typing_in  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


# One line for each module that is patched when the program imports it. A family's file is read only
# then: a program that never imports a module never pays for its probes.
def _threading(module: Any) -> None:
    from . import conditions, rlocks, sync

    locks.patch_threading(module)
    rlocks.patch_threading(module)
    conditions.patch_threading(module)
    sync.patch_threading(module)
    threads.patch_threading(module)


def _signal(module: Any) -> None:
    from . import signals

    signals.patch_signal(module)


def _queue(module: Any) -> None:
    from . import queues

    queues.patch_queue(module)


def _subprocess(module: Any) -> None:
    from . import children

    children.patch_subprocess(module)


def _mp_process(module: Any) -> None:
    from . import mp_process

    mp_process.patch_process(module)


def _mp_util(module: Any) -> None:
    from . import mp_process

    mp_process.patch_util(module)


def _mp_popen_forkserver(module: Any) -> None:
    from . import mp_process

    mp_process.patch_popen_forkserver(module)


def _mp_spawn(module: Any) -> None:
    from . import mp_shared

    mp_shared.patch_spawn(module)


def _mp_synchronize(module: Any) -> None:
    from . import mp_sync

    mp_sync.patch_synchronize(module)


def _mp_queues(module: Any) -> None:
    from . import mp_queues

    mp_queues.patch_queues(module)


def _mp_pool(module: Any) -> None:
    from . import mp_pool

    mp_pool.patch_pool(module)


def _futures_base(module: Any) -> None:
    from . import futures

    futures.patch_base(module)


def _futures_thread(module: Any) -> None:
    from . import futures

    futures.patch_thread(module)


def _selectors(module: Any) -> None:
    from . import selecting

    selecting.patch_selectors(module)


def _asyncio_events(module: Any) -> None:
    from . import aio

    aio.patch_events(module)


def _asyncio_tasks(module: Any) -> None:
    from . import aio

    aio.patch_tasks(module)


def _asyncio_base_events(module: Any) -> None:
    from . import aio

    aio.patch_base_events(module)


def _asyncio_locks(module: Any) -> None:
    from . import aio_sync

    aio_sync.patch_locks(module)


def _asyncio_queues(module: Any) -> None:
    from . import aio_sync

    aio_sync.patch_queues(module)


def _mp_connection(module: Any) -> None:
    from . import mp_pipes

    mp_pipes.patch_connection(module)


def _mp_sharedctypes(module: Any) -> None:
    from . import mp_memory

    mp_memory.patch_sharedctypes(module)


def _mp_shared_memory(module: Any) -> None:
    from . import mp_memory

    mp_memory.patch_shared_memory(module)


def _mp_managers(module: Any) -> None:
    from . import mp_managers

    mp_managers.patch_managers(module)


def _futures_process(module: Any) -> None:
    from . import futures_process

    futures_process.patch_process(module)


LAZY: dict[str, Callable[[Any], None]] = {
    "threading": _threading,
    "signal": _signal,
    "queue": _queue,
    "subprocess": _subprocess,
    "multiprocessing.process": _mp_process,
    "multiprocessing.util": _mp_util,
    "multiprocessing.popen_forkserver": _mp_popen_forkserver,
    "multiprocessing.spawn": _mp_spawn,
    "multiprocessing.synchronize": _mp_synchronize,
    "multiprocessing.queues": _mp_queues,
    "multiprocessing.pool": _mp_pool,
    "concurrent.futures._base": _futures_base,
    "concurrent.futures.thread": _futures_thread,
    "concurrent.futures.process": _futures_process,
    "selectors": _selectors,
    "multiprocessing.sharedctypes": _mp_sharedctypes,
    "multiprocessing.shared_memory": _mp_shared_memory,
    "multiprocessing.managers": _mp_managers,
    "multiprocessing.connection": _mp_connection,
    "asyncio.events": _asyncio_events,
    "asyncio.tasks": _asyncio_tasks,
    "asyncio.base_events": _asyncio_base_events,
    "asyncio.locks": _asyncio_locks,
    "asyncio.queues": _asyncio_queues,
}


def install(folder: str, home: str) -> None:
    """Begin to trace this process."""
    sink.state.most = int(os.environ.get("CONCURRENCY_LAB_MAX_SEGMENTS") or 64)
    sink.state.on_resume = globals_seen.tell_all if _tells_variables else frames.tell_all
    is_first = sink.open_series(folder)
    processes.tell_started("main" if is_first else "exec")
    program, roots = os.environ.get("CONCURRENCY_LAB_PROGRAM", ""), os.environ.get("CONCURRENCY_LAB_USER", "")
    frames.set_roots(program, roots, home)
    frames.set_globs(os.environ.get("CONCURRENCY_LAB_INCLUDE", ""), os.environ.get("CONCURRENCY_LAB_EXCLUDE", ""))
    is_step = bool(os.environ.get("CONCURRENCY_LAB_STEP"))
    if is_step:
        from . import variable_steps

        variable_steps.begin()
    locks.patch_thread()
    threads.patch_thread()
    clock.patch()
    processes.patch()
    output.patch()
    pipes.patch()
    programs.patch()
    typing_in.patch()
    patches = LAZY
    if is_step or os.environ.get("CONCURRENCY_LAB_RACES"):
        from . import races

        patches = races.begin(LAZY)
    patching.patch_lazily(patches)
    if _tells_variables:
        globals_seen.watch_children()
    atexit.register(sink.close)
