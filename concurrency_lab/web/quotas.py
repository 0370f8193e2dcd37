"""How much anybody may ask for: rates by viewer, by address and in all; connections by address.

Rates are counted in memory: a server that is started again starts counting again.
"""

import ipaddress
import math
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

if TYPE_CHECKING:
    from limits.storage import RedisStorage

# A lecture hall, whose network has one address.
AUDIENCE = 300
# So many runs and connections a minute for each of those who may share an address.
_RUNS_EACH = 4
_HANDSHAKES_EACH = 2
# A browser has a connection for each tab.
_SOCKETS_EACH = 2
# A page that repeats a quick program starts three a second.
_RUNS_PER_VIEWER = "240/minute"
_SNIPPETS_PER_VIEWER = "30/minute"
# More than the server can run at all: what is refused here never reaches the disk.
_RUNS_IN_ALL = "2400/minute"
_HOME_BITS = 64


class QuotaPassed(Exception):
    """Somebody asks for more than they may have. `scope`: viewer, address, all, or full (the queue)."""

    def __init__(self, scope: str, retry_s: float) -> None:
        super().__init__(scope)
        self.scope = scope
        self.retry_s = max(1, math.ceil(retry_s))


def for_audience(people: int) -> dict[str, Any]:
    """Return the settings with which so many people may come from one address; 0: any number."""
    if not people:
        sockets_per_address = None
        rates = {}
    else:
        sockets_per_address = people * _SOCKETS_EACH
        rates = {
            "runs.address": f"{people * _RUNS_EACH}/minute",
            "snippets.address": f"{people * _RUNS_EACH}/minute",
            "handshakes.address": f"{people * _HANDSHAKES_EACH}/minute",
        }
    rates |= {"runs.viewer": _RUNS_PER_VIEWER, "snippets.viewer": _SNIPPETS_PER_VIEWER, "runs.all": _RUNS_IN_ALL}
    return {
        "RATES": rates,
        "MAX_SOCKETS_PER_ADDRESS": sockets_per_address,
        "MAX_WAITING_PER_ADDRESS": people or None,
    }


def address_of(environ: Mapping[str, Any]) -> str:
    """Return whose address a request comes from; of IPv6 the half that one household has to itself."""
    given = str(environ.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _HOME_BITS), strict=False))


class Rates:
    """Counts what is asked for. `rates`: "what.scope" -> a limit as the library `limits` writes it."""

    def __init__(self, rates: Mapping[str, str], storage: "MemoryStorage | RedisStorage | None" = None) -> None:
        self._storage = MemoryStorage() if storage is None else storage
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._items: dict[str, dict[str, RateLimitItem]] = {}
        self._counting = threading.Lock()
        for name, rate in rates.items():
            what, _, scope = name.partition(".")
            self._items.setdefault(what, {})[scope] = parse(rate)

    def take(self, what: str, *, viewer: str = "", address: str = "") -> None:
        """Count one more; raise QuotaPassed, and count nothing, where that is one too many."""
        keys = {"viewer": viewer, "address": address, "all": ""}
        wanted = [(scope, item, keys[scope]) for scope, item in self._items.get(what, {}).items()]
        with self._counting:
            for scope, item, key in wanted:
                if not self._has_room(item, what, scope, key):
                    reset_s = self._limiter.get_window_stats(item, what, scope, key).reset_time
                    raise QuotaPassed(scope, reset_s - time.time())
            for scope, item, key in wanted:
                self._limiter.hit(item, what, scope, key)

    def _has_room(self, item: RateLimitItem, *key: str) -> bool:
        if self._limiter.test(item, *key):
            return True
        # The library counts by the clock on the wall: set back by an hour, it would refuse for an hour.
        if self._limiter.get_window_stats(item, *key).reset_time - time.time() > item.get_expiry() + 1:
            self._storage.clear(item.key_for(*key))
            return True
        return False


class Places:
    """A number of places, of which one address may have only so many; None: as many as there are."""

    def __init__(self, most: int, most_per_address: int | None) -> None:
        self._most = most
        self._most_per_address = most if most_per_address is None else most_per_address
        self._taken: Counter[str] = Counter()
        self._counting = threading.Lock()
        self.taken = 0

    def take(self, address: str) -> bool:
        """Take a place; False: there is none left."""
        with self._counting:
            if self.taken >= self._most or self._taken[address] >= self._most_per_address:
                return False
            self.taken += 1
            self._taken[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """Let somebody else have a place."""
        with self._counting:
            self.taken -= 1
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
