"""Processes as os makes, awaits and ends them: fork, wait*, kill, _exit; and this process's own first event."""

from __future__ import annotations

import os
import posix
import sys
from sys import _getframe
from time import monotonic_ns

from ..trace import constants
from . import frames, resources, sink, values
from .patching import call_as, hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

local = resources.local

_raw_waitpid = os.waitpid
# The server process that multiprocessing's forkserver method forks from.
_is_forkserver = False


def tell_started(method: str) -> None:
    """Write this process's first event."""
    global _is_forkserver
    words = getattr(sys, "orig_argv", [])
    if method == "exec" or method == "main":
        if any("multiprocessing.forkserver" in word for word in words):
            _is_forkserver = True
            method = "forkserver"
        elif any("multiprocessing.spawn" in word for word in words):
            method = "spawn"
    elif _is_forkserver:
        # A child of the server: the process that the program asked for.
        _is_forkserver = False
        method = "forkserver"
    argv = " ".join(values.plain(word) for word in words)[:400]
    name, internal = ("forkserver", "1") if _is_forkserver else ("", "")
    native = "1" if sink.IS_NATIVE else ""
    text = "\0".join((method, argv, name, internal, native))
    sink.emit_text(constants.PROCESS_STARTED, sink.state.base, text, os.getppid())


def _after_fork_in_child() -> None:
    sink.open_series(sink.state.folder)
    local.depth = 0
    local.wait = None
    tell_started("fork")
    frames.tell_all()
    resources.tell_inherited()


def _make_fork(original: Any) -> Any:
    def fork(*args: Any) -> Any:
        ts_ns = monotonic_ns()
        try:
            if args:
                # It takes none, and says so.
                return original(*args)
            result = call_as(_getframe().f_back, original)
        except BaseException as error:
            hide(error)
            raise
        child = result[0] if isinstance(result, tuple) else result
        if child:
            line, file = frames.where(_getframe())
            sink.emit_at(ts_ns, constants.PROCESS_FORKED, sink.state.base, child, line, file)
        return result

    return fork


def tell_reaped(child: int, status: int, line: int, file: int) -> None:
    """Say that this lane took the child's exit status."""
    # The fork server takes it too, but only to pass it on to the process that waits for it.
    if not _is_forkserver:
        sink.emit_text(constants.PROCESS_REAPED, child << 32, str(status), child, line, file)


def exit_status(code: int) -> int:
    """Return the wait status for an exit code in subprocess's and multiprocessing's form."""
    return -code if code < 0 else (code & 0xFF) << 8


def _waiting(wait: Any, args: tuple[Any, ...], try_args: tuple[Any, ...] | None, child: int) -> Any:
    """Call a wait function; tell the wait if it blocks, and what was reaped.

    `try_args`: arguments with which it returns at once; None if the program itself asks for that.
    """
    line, file = frames.where(_getframe())
    result: Any = None
    if try_args is None or resources.is_silent(line):
        result = wait(*args)
    else:
        # A status that is there already is taken without a word of waiting.
        function = _raw_waitpid if len(try_args) == 2 and not args else wait
        result = function(*try_args)
        if result[0] == 0:
            sink.emit(constants.LANE_BLOCKED, child << 32, constants.REASON_WAITPID, line, file)
            try:
                result = wait(*args)
            finally:
                sink.emit(constants.LANE_UNBLOCKED, child << 32, bool(result), line, file)
    if result[0] > 0:
        tell_reaped(result[0], result[1], line, file)
    return result


def _make_waitpid(original: Any) -> Any:
    def waitpid(pid: Any, options: Any, /, *rest: Any) -> Any:
        try:
            is_plain = type(pid) is int and type(options) is int and not rest
            if not is_plain or options & (os.WUNTRACED | os.WCONTINUED):
                return original(pid, options, *rest)
            tried = None if options & os.WNOHANG else (pid, options | os.WNOHANG)
            return _waiting(original, (pid, options), tried, max(pid, 0))
        except BaseException as error:
            hide(error)
            raise

    return waitpid


def _make_wait(original: Any) -> Any:
    def wait() -> Any:
        try:
            return _waiting(original, (), (-1, os.WNOHANG), 0)
        except BaseException as error:
            hide(error)
            raise

    return wait


def _make_wait3(original: Any) -> Any:
    def wait3(options: Any) -> Any:
        try:
            if type(options) is not int or options & (os.WUNTRACED | os.WCONTINUED):
                return original(options)
            tried = None if options & os.WNOHANG else (options | os.WNOHANG,)
            return _waiting(original, (options,), tried, 0)
        except BaseException as error:
            hide(error)
            raise

    return wait3


def _make_waitid(original: Any) -> Any:
    def waitid(idtype: Any, id: Any, options: Any, /) -> Any:
        line, file = frames.where(_getframe())
        waits = type(options) is int and not options & os.WNOHANG and not resources.is_silent(line)
        result = None
        child = id if idtype == os.P_PID and type(id) is int and waits else 0
        if waits:
            sink.emit(constants.LANE_BLOCKED, child << 32, constants.REASON_WAITPID, line, file)
        try:
            result = original(idtype, id, options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if waits:
                sink.emit(constants.LANE_UNBLOCKED, child << 32, result is not None, line, file)
        if result is not None and not options & os.WNOWAIT:
            if result.si_code == os.CLD_EXITED:
                tell_reaped(result.si_pid, result.si_status << 8, line, file)
            elif result.si_code in (os.CLD_KILLED, os.CLD_DUMPED):
                tell_reaped(result.si_pid, result.si_status, line, file)
        return result

    return waitid


def _make_exit(original: Any) -> Any:
    def _exit(status: Any) -> None:
        # multiprocessing ends every forked child so; that is not the program's doing.
        frame = frames.creator(_getframe().f_back)
        if frame is not None and type(status) is int:
            sink.emit(constants.PROCESS_EXIT_CALLED, sink.state.base, status, *frames.where(frame))
        sink.close()
        try:
            original(status)
        except BaseException as error:
            hide(error)
            raise

    return _exit


def tell_signal(target: Any, number: Any) -> None:
    """Say that this lane sends a signal; 0 is none, it only asks whether the process is there."""
    if isinstance(number, int) and isinstance(target, int) and number:
        line, file = frames.where(_getframe())
        sink.emit_text(constants.SIGNAL_SENT, abs(target) << 32, str(int(number)), target, line, file)


def _make_kill(original: Any) -> Any:
    def kill(pid: Any, signal: Any, /) -> None:
        tell_signal(pid, signal)
        try:
            original(pid, signal)
        except BaseException as error:
            hide(error)
            raise

    return kill


def _make_killpg(original: Any) -> Any:
    def killpg(pgid: Any, signal: Any, /) -> None:
        tell_signal(-pgid if isinstance(pgid, int) else 0, signal)
        try:
            original(pgid, signal)
        except BaseException as error:
            hide(error)
            raise

    return killpg


def share_with_posix(*names: str) -> None:
    """Put os's functions in posix, too, from where they say they are: there pickle looks for them."""
    for name in names:
        if hasattr(posix, name):
            setattr(posix, name, getattr(os, name))


def patch() -> None:
    """Patch os."""
    for name in ("fork", "forkpty"):
        replace(os, name, _make_fork)
    replace(os, "waitpid", _make_waitpid)
    replace(os, "wait", _make_wait)
    replace(os, "wait3", _make_wait3)
    replace(os, "wait4", _make_waitpid4)
    replace(os, "waitid", _make_waitid)
    replace(os, "_exit", _make_exit)
    replace(os, "kill", _make_kill)
    replace(os, "killpg", _make_killpg)
    share_with_posix("fork", "forkpty", "waitpid", "wait", "wait3", "wait4", "waitid", "_exit", "kill", "killpg")
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _make_waitpid4(original: Any) -> Any:
    wait = _make_waitpid(original)

    def wait4(pid: Any, options: Any) -> Any:
        try:
            return wait(pid, options)
        except BaseException as error:
            hide(error)
            raise

    return wait4
