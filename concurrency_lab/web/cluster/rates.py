"""How often anybody may ask for something, counted for all servers together: in Redis, and alone while it is away."""

import contextlib
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, cast

from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from concurrency_lab.web.aio import Aio
from concurrency_lab.web.quotas import Rates

# Longer than any answer takes. Nobody's request waits for a second one: see SharedRates.
_WAIT_S = 1.0
_AGAIN_S = 0.3

_log = logging.getLogger("concurrency_lab")


class SharedRates(Rates):
    """Counters in Redis. Without it each server counts what itself is asked for, which lets more through.

    Asking Redis takes one of the few threads for what blocks, and all of a server would stop if each of them waited
    for a Redis that hangs. So the first request that gets no answer is the last one that asks: from then on a thread
    of our own looks for Redis, and requests are counted here until it is back.
    """

    def __init__(self, rates: Mapping[str, str], url: str, prefix: str, aio: Aio) -> None:
        options: dict[str, Any] = {"socket_timeout": _WAIT_S, "socket_connect_timeout": _WAIT_S}
        # By itself redis-py asks four times.
        self._redis = RedisStorage(url, key_prefix=prefix, **options, retry=cast(Any, Retry(NoBackoff(), 0)))
        super().__init__(rates, self._redis)
        self._aio = aio
        self._alone = Rates(rates)
        self._is_alone = False
        self._asking = threading.Lock()

    def take(self, what: str, *, viewer: str = "", address: str = "") -> None:
        """Count one more; raise QuotaPassed."""
        if not self._is_alone:
            with contextlib.suppress(RedisError):
                self._aio.offload(self._take, what, viewer, address)
                return
        self._alone.take(what, viewer=viewer, address=address)

    def _take(self, what: str, viewer: str, address: str) -> None:
        with self._asking:
            if self._is_alone:
                raise RedisError("Whoever asked just now got no answer.")
            try:
                super().take(what, viewer=viewer, address=address)
            except RedisError as error:
                self._is_alone = True
                _log.warning("Redis does not answer (%s): this server counts by itself how often it is asked.", error)
                threading.Thread(target=self._look_for_redis, name="rates", daemon=True).start()
                raise

    def _look_for_redis(self) -> None:
        while not self._redis.check():
            time.sleep(_AGAIN_S)
        self._is_alone = False
        _log.warning("Redis answers again: how often is asked is counted for all servers together.")
