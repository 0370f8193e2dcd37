"""How often anybody may ask for something, counted for all servers together: in Redis, and alone while it is away."""

import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from limits.storage import RedisStorage
from redis.exceptions import RedisError

from concurrency_lab.web.aio import Aio
from concurrency_lab.web.quotas import Rates

_WAIT_S = 1.0

_log = logging.getLogger("concurrency_lab")


class SharedRates(Rates):
    """Counters in Redis. Without it each server counts what itself is asked for, which lets more through."""

    def __init__(self, rates: Mapping[str, str], url: str, prefix: str, aio: Aio) -> None:
        options: dict[str, Any] = {"socket_timeout": _WAIT_S, "socket_connect_timeout": _WAIT_S}
        super().__init__(rates, RedisStorage(url, key_prefix=prefix, **options))
        self._aio = aio
        self._alone = Rates(rates)

    def take(self, what: str, *, viewer: str = "", address: str = "") -> None:
        """Count one more; raise QuotaPassed."""
        with contextlib.suppress(RedisError):
            self._aio.offload(self._take, what, viewer, address)
            return
        _log.warning("Redis does not answer: this server counts by itself how often it is asked.")
        self._alone.take(what, viewer=viewer, address=address)

    def _take(self, what: str, viewer: str, address: str) -> None:
        super().take(what, viewer=viewer, address=address)
