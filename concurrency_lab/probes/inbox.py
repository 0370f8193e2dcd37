"""The queue from which a pool's worker process takes its tasks."""

from __future__ import annotations

from ..trace import constants
from . import sink
from .patching import hide, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Inbox:
    """Stands for the queue: tells when the worker is idle; `tell(task)` says what it begins."""

    def __init__(self, queue: Any, obj: int, tell: Callable[[Any], object]) -> None:
        self._queue = queue
        self._obj = obj
        self._tell = quiet(tell)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Take the next task."""
        is_idle = self._queue.empty()
        if is_idle:
            sink.emit(constants.LANE_BLOCKED, self._obj, constants.REASON_QUEUE_GET)
        try:
            task = self._queue.get(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if is_idle:
                sink.emit(constants.LANE_UNBLOCKED, self._obj, 1)
        if task is not None:
            self._tell(task)
        return task
