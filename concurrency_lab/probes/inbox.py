"""The queues from which a pool's workers take their tasks: an idle worker tells that it waits."""

from __future__ import annotations

from ..trace import constants
from . import sink
from .patching import hide, quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def take(is_idle: bool, obj: int, get: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return what `get` gives; for a worker that is idle that is a wait for the pool `obj`."""
    if is_idle:
        sink.emit(constants.LANE_BLOCKED, obj, constants.REASON_QUEUE_GET)
    try:
        return get(*args, **kwargs)
    except BaseException as error:
        hide(error)
        raise
    finally:
        if is_idle:
            sink.emit(constants.LANE_UNBLOCKED, obj, 1)


class Inbox:
    """Stands for the queue of a worker process: tells when the worker is idle; `tell(task)` says what it begins."""

    def __init__(self, queue: Any, obj: int, tell: Callable[[Any], object]) -> None:
        self._queue = queue
        self._obj = obj
        self._tell = quiet(tell)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Take the next task."""
        try:
            task = take(self._queue.empty(), self._obj, self._queue.get, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        if task is not None:
            self._tell(task)
        return task
