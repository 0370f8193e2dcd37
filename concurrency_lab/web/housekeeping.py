"""What the server does by itself: removes runs that are too many, ends those that nobody leads, measures its lag."""

import logging
import time
from collections.abc import Callable

from concurrency_lab.store import Retention, Store, StoreError
from concurrency_lab.web import log
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.live import Live
from concurrency_lab.web.metrics import Metrics
from concurrency_lab.web.runner import Runs

_TICK_S = 0.25
_TICKS_A_SECOND = 4
_UNRECORDED = "The end of this run could not be recorded when it came; what was recorded until then is here."

_log = logging.getLogger("concurrency_lab")


class Housekeeping:
    """Begins with `start`, and ends with the process."""

    def __init__(
        self, store: Store, retention: Retention, aio: Aio, runner: Runs, live: Live, metrics: Metrics, look_s: float
    ) -> None:
        self._store = store
        self._retention = retention
        self._aio = aio
        self._runner = runner
        self._live = live
        self._metrics = metrics
        self._look_s = look_s
        self._unled: set[str] = set()

    def start(self) -> None:
        """Begin."""
        self._aio.spawn(self._tick)
        self._aio.spawn(self._look)

    def _tick(self) -> None:
        count = 0
        while True:
            begin_s = time.monotonic()
            self._aio.sleep(_TICK_S)
            self._metrics.lag.observe(max(0.0, time.monotonic() - begin_s - _TICK_S))
            count += 1
            if count % _TICKS_A_SECOND == 0:
                log.tell_suppressed()

    def _look(self) -> None:
        while True:
            self._do(self._end_unled)
            self._do(self._remove)
            self._aio.sleep(self._look_s)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except StoreError as error:
            # A full disk, for one: it is tried again the next time.
            _log.error("%s", error)

    def _remove(self) -> None:
        removed = self._aio.offload(self._retention.apply, self._live.watched())
        if removed:
            self._metrics.removed(removed)

    def _end_unled(self) -> None:
        """End runs whose end met a full disk. Seen twice: one that begins just now is not led for a moment."""
        unled = {run_id for run_id in self._store.unended() if self._runner.feed(run_id) is None}
        for run_id in unled & self._unled:
            self._store.interrupt(run_id, _UNRECORDED)
        self._unled = unled - self._unled
