"""selectors: waits until a file is ready, such as an event loop's between two tasks."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, resources, sink
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _make_select(original: Any) -> Any:
    is_silent = resources.is_silent
    emit = sink.emit
    where = frames.where

    def select(self: Any, timeout: Any = None) -> Any:
        waits = timeout is None or (type(timeout) in (int, float) and timeout > 0)
        line = file = 0
        if waits:
            line, file = where(_getframe())
            # Of a library's own loops, such as a fork server's, the OS tells.
            waits = line > 0 and not is_silent(line)
        if waits:
            emit(constants.LANE_BLOCKED, 0, resources.blocked_arg(constants.REASON_IO, timeout), line, file)
        try:
            return original(self, timeout)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if waits:
                emit(constants.LANE_UNBLOCKED, 0, 1, line, file)

    return select


def patch_selectors(module: Any) -> None:
    """Patch selectors."""
    for name in ("SelectSelector", "_PollLikeSelector", "EpollSelector"):
        kind = getattr(module, name, None)
        if kind is not None:
            replace(kind, "select", _make_select)
