"""time.sleep."""

from __future__ import annotations

import time
from sys import _getframe

from ..trace import constants
from . import frames, resources, sink
from .patching import hide, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _make_sleep(original: Any) -> Any:
    is_silent = resources.is_silent
    where = frames.where
    emit = sink.emit
    blocked_arg = resources.blocked_arg
    conceal = hide

    def sleep(seconds: Any, /) -> None:
        line, file = where(_getframe())
        is_told = not is_silent(line)
        if is_told:
            emit(constants.LANE_BLOCKED, 0, blocked_arg(constants.REASON_SLEEP, seconds), line, file)
        try:
            original(seconds)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            if is_told:
                emit(constants.LANE_UNBLOCKED, 0, 1, line, file)

    return sleep


def patch() -> None:
    """Patch time."""
    replace(time, "sleep", _make_sleep)
