"""multiprocessing.Process: start, join, names; the library's own helper processes; the fork server's children."""

from __future__ import annotations

import os
import posix
from sys import _getframe

from ..trace import constants
from . import frames, processes, resources, sink, values
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

local = resources.local

# What a child needs to be traced, as it was when this process began: the program may clear os.environ.
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name.startswith("CONCURRENCY_LAB_") or name == "PYTHONPATH"
}


@quiet
def _tell_spawned(process: Any) -> None:
    line, file = frames.where(_getframe())
    popen = process._popen
    text = "\0".join((values.plain(process._name), popen.method, ""))
    sink.emit_text(constants.PROCESS_SPAWNED, popen.pid << 32, text, popen.pid, line, file)


_tell_names = quiet(resources.tell_names)


def is_in_server() -> bool:
    """Return whether this process is a manager's server, whose threads are the library's own.

    The process itself is shown: that somebody else keeps the objects is what there is to see.
    """
    from multiprocessing import process

    code = frames.code_of(process.current_process().__dict__.get("_target"))
    return code is not None and code.co_name == "_run_server" and code.co_filename.endswith("/managers.py")


def _is_running(pid: int) -> bool:
    """Return whether the child runs, without taking its exit status."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except OSError:
        # The fork server's child, not ours.
        return True


def patch_process(module: Any) -> None:
    """Patch multiprocessing.process."""

    def make_start(original: Any) -> Any:
        def start(self: Any) -> None:
            _tell_names()
            depth = local.depth
            local.depth = depth + 1
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.depth = depth
            _tell_spawned(self)

        return start

    def make_join(original: Any) -> Any:
        def join(self: Any, timeout: Any = None) -> None:
            line, file = frames.where(_getframe())
            popen = self.__dict__.get("_popen")
            waits = popen is not None and popen.returncode is None and not resources.is_silent(line)
            waits = waits and _is_running(popen.pid)
            depth = local.depth
            local.depth = depth + 1
            obj = popen.pid << 32 if waits else 0
            if waits:
                arg = resources.blocked_arg(constants.REASON_JOIN, timeout)
                sink.emit(constants.LANE_BLOCKED, obj, arg, line, file)
            try:
                original(self, timeout)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.depth = depth
                if waits:
                    sink.emit(constants.LANE_UNBLOCKED, obj, popen.returncode is not None, line, file)

        return join

    def make_bootstrap(original: Any) -> Any:
        def _bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
            sink.emit_text(constants.PROCESS_NAMED, sink.state.base, values.plain(self._name))
            return original(self, *args, **kwargs)

        return _bootstrap

    frames.boundary.mark(module.BaseProcess._bootstrap)
    replace(module.BaseProcess, "start", make_start)
    replace(module.BaseProcess, "join", make_join)
    replace(module.BaseProcess, "_bootstrap", make_bootstrap)


def patch_popen_forkserver(module: Any) -> None:
    """Patch multiprocessing.popen_forkserver: the exit status comes through the server."""

    def make_poll(original: Any) -> Any:
        def poll(self: Any, flag: Any = os.WNOHANG) -> Any:
            had = self.returncode
            try:
                code = original(self, flag)
            except BaseException as error:
                hide(error)
                raise
            if had is None and code is not None:
                line, file = frames.where(_getframe())
                processes.tell_reaped(self.pid, processes.exit_status(code), line, file)
            return code

        return poll

    replace(module.Popen, "poll", make_poll)


@quiet
def _tell_helper(pid: int, args: Any) -> None:
    words = " ".join(os.fsdecode(word) for word in args)
    for module, name in (("multiprocessing.resource_tracker", "resource tracker"), (".forkserver", "forkserver")):
        if module in words:
            line, file = frames.where(_getframe())
            text = f"{name}\0spawn\0" + "1"
            sink.emit_text(constants.PROCESS_SPAWNED, pid << 32, text, pid, line, file)
            return


def patch_util(module: Any) -> None:
    """Patch multiprocessing.util."""

    def make_spawn(original: Any) -> Any:
        def spawnv_passfds(path: Any, args: Any, passfds: Any) -> Any:
            missing = {name: value for name, value in _ENVIRONMENT.items() if os.environ.get(name) != value}
            for name, value in missing.items():
                posix.putenv(name, value)
            try:
                pid = original(path, args, passfds)
            except BaseException as error:
                hide(error)
                raise
            finally:
                for name in missing:
                    _restore(name)
            _tell_helper(pid, args)
            return pid

        return spawnv_passfds

    replace(module, "spawnv_passfds", make_spawn)


def _restore(name: str) -> None:
    value = os.environ.get(name)
    if value is None:
        posix.unsetenv(name)
    else:
        posix.putenv(name, value)
