"""News between workers and servers, over Redis. Any of it may be lost: whoever needs to know looks into the store.

redis-py blocks, so it has threads of its own here, real ones also where the server is on eventlet.

    PREFIX:runs:RUN      {"kind": "events", "first": seq, "last": seq} and the batch as it is stored
                         {"kind": "changed"}: it has begun or ended
    PREFIX:queue         {"kind": "asked"} for workers, {"kind": "moved"} for servers: the queue is another one
    PREFIX:workers:ID    {"kind": "stop", "run": RUN}
"""

import collections
import contextlib
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from concurrency_lab.store import StoreError

# A message that waits this long for Redis is better read from the store.
_WAIT_S = 2.0
_MOST_UNSENT = 1000
_MOST_UNREAD = 10_000
# How soon a channel that is wanted now is listened to.
_LISTEN_S = 0.02
# How often Redis is asked whether it is there, when it says nothing by itself; and how long its answer may take.
_ASK_S = 2.0
_AGAIN_S = 0.3
_ENDS = object()

_log = logging.getLogger("concurrency_lab")


class News(NamedTuple):
    """A message: what about (RUN of PREFIX:runs:RUN, "" of the queue), what, and what it brings."""

    topic: str
    message: dict[str, Any]
    packed: bytes = b""


# What a subscriber says of its own connection.
LOST = News("", {"kind": "lost"})
BACK = News("", {"kind": "back"})


class Bus:
    """An address of Redis, and how our channels begin there."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url = url
        self.prefix = prefix
        try:
            self._client().close()
        except (ValueError, RedisError) as error:
            raise StoreError(f"{error} Redis must be named as redis://HOST:PORT/0.") from None

    def _client(self) -> "redis.Redis":
        options: dict[str, Any] = {"socket_timeout": _WAIT_S, "socket_connect_timeout": _WAIT_S}
        # Whether it answers is to be known here at once.
        return redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0), **options)

    def run(self, run_id: str) -> str:
        """Return the channel of a run."""
        return f"{self.prefix}:runs:{run_id}"

    def worker(self, worker: str) -> str:
        """Return the channel of a worker."""
        return f"{self.prefix}:workers:{worker}"

    @property
    def queue(self) -> str:
        """The channel of what all are told."""
        return f"{self.prefix}:queue"

    def publisher(self) -> "Publisher":
        """Return a new publisher."""
        return Publisher(self._client())

    def subscriber(self, channels: Collection[str]) -> "Subscriber":
        """Return a new subscriber to these channels."""
        return Subscriber(self._client(), channels)


class Publisher:
    """Sends what it is given in its own time; who gives never waits, and what does not go out in time is left out."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._unsent: queue.Queue[Any] = queue.Queue(_MOST_UNSENT)
        self._thread = threading.Thread(target=self._send_all, name="publisher", daemon=True)
        self._thread.start()

    def send(self, channel: str, message: dict[str, Any], packed: bytes = b"") -> None:
        """Send a message."""
        with contextlib.suppress(queue.Full):
            self._unsent.put_nowait((channel, json.dumps(message).encode() + b"\n" + packed))

    def close(self) -> None:
        """Send what is left, and end."""
        with contextlib.suppress(queue.Full):
            self._unsent.put(_ENDS, timeout=_WAIT_S)
            self._thread.join(_WAIT_S)
        self._client.close()

    def _send_all(self) -> None:
        while (item := self._unsent.get()) is not _ENDS:
            try:
                self._client.publish(*item)
            except (RedisError, OSError) as error:
                _log.warning("Redis does not take a message: %s", error)


class Subscriber:
    """Listens in a thread, and hands over through a socket, which any loop can wait for."""

    def __init__(self, client: "redis.Redis", channels: Collection[str]) -> None:
        self._client = client
        self._wanted = set(channels)
        self._changing = threading.Lock()
        self._unread: collections.deque[News] = collections.deque(maxlen=_MOST_UNREAD)
        self.reader, self._writer = socket.socketpair()
        self.reader.setblocking(False)
        self._writer.setblocking(False)
        self._is_closing = False
        self._thread = threading.Thread(target=self._listen_on, name="subscriber", daemon=True)
        self._thread.start()

    def want(self, channel: str) -> None:
        """Listen to one more channel; {"kind": "heard"} says from when on."""
        with self._changing:
            self._wanted.add(channel)

    def leave(self, channel: str) -> None:
        """Listen to it no longer."""
        with self._changing:
            self._wanted.discard(channel)

    def take(self) -> list[News]:
        """Return what has come; wait for `reader` before."""
        with contextlib.suppress(BlockingIOError):
            self.reader.recv(4096)
        found = []
        with contextlib.suppress(IndexError):
            while True:
                found.append(self._unread.popleft())
        return found

    def close(self) -> None:
        """End."""
        self._is_closing = True
        self._thread.join(_WAIT_S)
        self._writer.close()

    def _give(self, news: News) -> None:
        self._unread.append(news)
        # Full, it wakes whoever reads as well.
        with contextlib.suppress(OSError):
            self._writer.send(b".")

    def _listen_on(self) -> None:
        is_lost = False
        pause = threading.Event()

        def is_there() -> None:
            nonlocal is_lost
            if is_lost:
                is_lost = False
                _log.warning("Redis is back.")
                self._give(BACK)

        while not self._is_closing:
            try:
                self._listen(is_there)
            except (RedisError, OSError) as error:
                if not is_lost:
                    is_lost = True
                    _log.warning("Redis is away (%s): the store is looked at instead.", error)
                    self._give(LOST)
                pause.wait(_AGAIN_S)
        self._client.close()

    def _listen(self, is_there: Callable[[], None]) -> None:
        """Listen until the connection is lost or we end."""
        heard: set[str] = set()
        pubsub = self._client.pubsub()  # type: ignore[no-untyped-call]
        with contextlib.closing(pubsub) as listener:
            # It may hang, with the connection open: then sending works, and nothing ever comes.
            heard_s = asked_s = time.monotonic()
            while not self._is_closing:
                with self._changing:
                    new, old = self._wanted - heard, heard - self._wanted
                if new:
                    listener.subscribe(*new)
                if old:
                    listener.unsubscribe(*old)
                heard = (heard | new) - old
                found = listener.get_message(timeout=_LISTEN_S)
                while found is not None:
                    is_there()
                    self._take(found)
                    heard_s = time.monotonic()
                    found = listener.get_message(timeout=0)
                now_s = time.monotonic()
                if now_s - max(heard_s, asked_s) > _ASK_S:
                    # Asked before, and nothing has come since.
                    if asked_s > heard_s:
                        raise redis.TimeoutError("it does not answer")
                    listener.ping()
                    asked_s = now_s

    def _take(self, found: dict[str, Any]) -> None:
        topic = found["channel"].decode().rpartition(":")[2] if found["channel"] else ""
        if found["type"] == "subscribe":
            self._give(News(topic, {"kind": "heard"}))
        elif found["type"] == "message":
            head, _, packed = found["data"].partition(b"\n")
            with contextlib.suppress(ValueError):
                self._give(News(topic, json.loads(head), packed))
