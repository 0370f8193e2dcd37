"""Several servers and workers behind one address. Imported only where somebody asks for it: it needs more libraries.

The store in PostgreSQL is the truth: runs, events, the queue, who leads what. Redis only carries news from worker to
server: what it loses is read from the store.
"""

import dataclasses
import hashlib
import hmac
from collections.abc import Mapping

from concurrency_lab.store import Library, Store
from concurrency_lab.store.jobs import Jobs
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.cluster.bus import Bus
from concurrency_lab.web.cluster.rates import SharedRates
from concurrency_lab.web.cluster.remote_runner import RemoteRunner
from concurrency_lab.web.cluster.store import OffloadedLibrary, OffloadedStore
from concurrency_lab.web.live import Live
from concurrency_lab.web.runner import Caps


@dataclasses.dataclass(frozen=True)
class Addresses:
    """Where the shared parts are."""

    redis: str
    database: str


class Cluster:
    """What a server is made of, in place of its own parts, when it is one of several."""

    def __init__(self, addresses: Addresses, aio: Aio, expiry_s: float) -> None:
        self._expiry_s = expiry_s
        self._aio = aio
        self._store = OffloadedStore(addresses.database, aio)
        try:
            self.secret = self._store.secret()
            self._jobs = Jobs(self._store)
            self._bus = Bus(addresses.redis, channel_prefix(self.secret))
        except BaseException:
            self._store.close()
            raise

    @property
    def store(self) -> Store:
        """The recorded runs of all machines."""
        return self._store

    @property
    def library(self) -> Library:
        """The same as a list."""
        return OffloadedLibrary(self._store, self._aio)

    def rates(self, rates: Mapping[str, str]) -> SharedRates:
        """Return counters that all servers share."""
        return SharedRates(rates, self._bus.url, self._bus.prefix, self._aio)

    def runner(self, live: Live, caps: Caps) -> RemoteRunner:
        """Return what has runs led by workers."""
        return RemoteRunner(self._store, self._jobs, self._bus, self._aio, live, caps, self._expiry_s)


def channel_prefix(secret: bytes) -> str:
    """Return how our channels begin: Redis has one space of them for everybody who uses it."""
    return "concurrency-lab:" + hmac.digest(secret, b"concurrency-lab-channels", hashlib.sha256).hex()[:16]
