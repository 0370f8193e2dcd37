"""Runs over Socket.IO (WebSocket only), live or recorded: the watcher cannot tell the difference.

    connect   auth {token}: the token that is in every page
    -> watch  {run, since, packed?}: since is the last seq that the client has, -1 = none; packed: it can unpack
    <- ack    {ok: true, run, header, state, may_stop, place?, events?}, or {error: sentence}; events: of one that ended
    <- queued {run, place}: the run waits, and so many begin before it; whenever that changes
    <- began  {run, header, state}: the run has begun, and the ack had no header
    <- events {run, events: [...]}: in order of seq, gapless; may come before the ack
    <- packed {run, lines}: the same for many events at once, lines of JSON compressed by zlib, for who can unpack
    <- ended  {run, status, exit_code?, signal?, text?, dropped?}, behind the last event

A watcher first gets what is stored behind `since`, then joins the run's room in the same step, while
the feed's lock is held: nothing is missed, nothing comes twice. One that is too slow for the live
stream leaves the room and gets the rest from the store again, at its own pace; one that takes nothing
at all is cut off, and may come back with `since`. A run that asks for it ends when nobody watches it.
"""

import contextlib
import functools
import json
import logging
import re
import socket as sockets
import time
from collections.abc import Iterator, Sequence
from typing import Any

from flask import Flask, Request, current_app, request
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError

from concurrency_lab.store import Run, Store, UnknownRun
from concurrency_lab.trace import codec
from concurrency_lab.web import i18n, sentences
from concurrency_lab.web.aio import Aio
from concurrency_lab.web.feed import BATCH_EVENTS, Followed, ended_message
from concurrency_lab.web.metrics import Metrics
from concurrency_lab.web.packets import EventLines, PackedLines, serializer
from concurrency_lab.web.paging import Paging, Sheet
from concurrency_lab.web.problems import no_run
from concurrency_lab.web.runner import Runs
from concurrency_lab.web.tokens import Tokens, Viewer

socketio = SocketIO()

_NAMESPACE = "/"
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WATCHES_PER_CLIENT = 8
# Engine.IO's queues have no bound: one stalled client grew the server by 79 MB. 60 batches are 1.5 s.
_LIVE_QUEUE = 60
_LOOK_S = 0.25
# Below, unpacking costs a browser more than it saves: it is done in a stream of its own, some milliseconds later.
_PACKED_FROM_EVENTS = 100
# From the store, this many messages are on their way at most.
_PAGED_QUEUE = 4
# Whoever takes them quickly is not kept waiting, and whoever does not is looked at less and less often.
_DRAIN_LOOKS_S = (0.001, 0.032)
_HEADER_TIMEOUT_S = 5.0
# A page that is reloaded is back within this time.
_UNWATCHED_S = 1.2
# Nobody has watched it yet: a slow page may still be on its way. One that waits may be found again by its link.
_UNSEEN_S = 15.0
_WAITING_UNWATCHED_S = 30.0
# Every 5 s a browser is asked whether it is there; from one that is, the answer comes in milliseconds.
_PING_S = 5
_SILENT_S = 4.0


class Watch:
    """One client watching one run."""

    def __init__(self, sid: str, run_id: str, needs_header: bool, unpacks: bool) -> None:
        self.sid = sid
        self.run_id = run_id
        # What it was told first had no header: the run had not begun.
        self.needs_header = needs_header
        # whether large batches may be sent to it compressed
        self.unpacks = unpacks
        self.live = False
        self.cancelled = False

    @property
    def room(self) -> str:
        """The room in which the run's events come as it takes them."""
        return _packed_room(self.run_id) if self.unpacks else self.run_id


def _packed_room(run_id: str) -> str:
    # No run has such an id.
    return f"{run_id}/packed"


def _rooms(run_id: str) -> list[str]:
    return [run_id, _packed_room(run_id)]


class Live:
    """All watchers of all runs; the `listener` of every feed."""

    def __init__(self, store: Store, aio: Aio, tokens: Tokens, metrics: Metrics, stall_s: float) -> None:
        self.store = store
        self.aio = aio
        self.tokens = tokens
        self.metrics = metrics
        self.runner: Runs
        # What happens on other machines is heard of late just now.
        self.is_delayed = False
        # Whose page each connection is from.
        self.viewers: dict[str, Viewer] = {}
        self._server: Any = None
        self._stall_s = stall_s
        self._watches: dict[tuple[str, str], Watch] = {}
        self._changing = aio.lock()
        self._paging = Paging(aio.lock())
        # When a run that needs a viewer was first found to have none; and which runs have had one.
        self._unwatched_since_s: dict[str, float] = {}
        self._seen: set[str] = set()

    def init_app(self, app: Flask, runner: Runs) -> None:
        """Join Socket.IO to an app, and begin to look after slow watchers."""
        self.runner = runner
        quiet = logging.getLogger("concurrency_lab.socketio")
        # Whatever nonsense a client sends is logged there with a traceback.
        quiet.setLevel(logging.CRITICAL)
        socketio.init_app(
            app,
            async_mode=self.aio.name,
            transports=["websocket"],
            # The guard has looked at the origin before. Engine.IO's own check knows neither --allow-origin nor that a
            # proxy may have spoken TLS.
            cors_allowed_origins="*",
            # Who is gone without a word is let go within 10 s: 5 until the next ping, 5 without an answer.
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            max_http_buffer_size=64 * 1024,
            # A client's messages are handled one after another: flooding, it only slows itself.
            async_handlers=False,
            manage_session=False,
            serializer=serializer(self.aio.framed),
            logger=quiet,
            engineio_logger=quiet,
        )
        self._server = socketio.server
        self.aio.take_frames(self._server.eio)
        self.aio.spawn(self._look_after)

    @property
    def watching(self) -> int:
        """How many watches there are."""
        return len(self._watches)

    def watched(self) -> set[str]:
        """Return the ids of the runs that somebody watches."""
        return {watch.run_id for watch in list(self._watches.values())}

    # -- told by the runner, and by feeds, their lock held ---------------------------------------------

    def say_ending(self) -> None:
        """Tell everybody that the server is being ended: their pages say so, and come back when it does."""
        self._server.emit("server_ending", {}, namespace=_NAMESPACE)

    def say_delayed(self, is_delayed: bool) -> None:
        """Tell everybody that what other machines do is heard of late, or at once again."""
        self.is_delayed = is_delayed
        self._server.emit("delayed", {"on": is_delayed}, namespace=_NAMESPACE)

    def started(self, run: Run) -> None:
        """A run has begun."""
        self.metrics.started(run)

    def queued(self, run_id: str, place: int) -> None:
        """Tell the rooms which place in the queue a run has now."""
        self._emit("queued", {"run": run_id, "place": place}, _rooms(run_id))

    def began(self, run_id: str, header: codec.Header) -> None:
        """Tell the rooms that a run which was waiting has begun."""
        self._emit("began", _began_message(run_id, header), _rooms(run_id))
        for watch in self._of(run_id):
            if watch.live:
                watch.needs_header = False

    def events(self, run_id: str, lines: Sequence[str], packed: bytes) -> None:
        """Send a batch to everybody in the run's rooms."""
        # Socket.IO encodes for a room in which there is nobody, too.
        watches = [watch for watch in self._of(run_id) if watch.live]
        packing = len(lines) >= _PACKED_FROM_EVENTS
        rooms = {watch.room for watch in watches}
        if packing and _packed_room(run_id) in rooms:
            rooms.remove(_packed_room(run_id))
            self._emit("packed", PackedLines(run_id, packed), _packed_room(run_id))
        if rooms:
            self._emit("events", EventLines(run_id, lines), sorted(rooms))
        self.metrics.stored(lines, len(watches))

    def ended(self, message: dict[str, Any]) -> None:
        """Tell the room that the run has ended, and close it."""
        run_id = message["run"]
        self.metrics.ended(message)
        rooms = _rooms(run_id)
        self._emit("ended", message, rooms)
        for room in rooms:
            self._server.close_room(room, namespace=_NAMESPACE)
        for watch in self._of(run_id):
            if watch.live:
                self._forget(watch)

    def _emit(self, name: str, payload: object, to: str | list[str]) -> None:
        # Encoded once, also for many who take it.
        self._server.emit(name, payload, to=to, namespace=_NAMESPACE)

    # -- watching ----------------------------------------------------------------------------------------

    def watch(self, sid: str, run: Run, since: int, *, needs_header: bool = False, unpacks: bool = False) -> None:
        """Send a client everything behind `since`, and what is yet to come."""
        theirs = [watch for watch in list(self._watches.values()) if watch.sid == sid]
        # Asked again, a run is begun anew; with too many, the one that was asked for first is let go.
        for earlier in theirs:
            if earlier.run_id == run.id or earlier is theirs[-_WATCHES_PER_CLIENT]:
                self._leave(earlier)
        self.runner.follow(run)
        watch = Watch(sid, run.id, needs_header, unpacks)
        if run.state != "ended":
            self._seen.add(run.id)
        with self._changing:
            self._watches[sid, run.id] = watch
        self.aio.spawn(self._catch_up, watch, since)

    def forget_client(self, sid: str) -> None:
        """A client is gone."""
        for watch in list(self._watches.values()):
            if watch.sid == sid:
                self._forget(watch)

    def cut(self, sid: str) -> None:
        """Close a client's connection by force: a polite close would wait behind all that is queued for it."""
        environ = self._server.get_environ(sid, namespace=_NAMESPACE)
        if environ:
            with contextlib.suppress(OSError):
                self.aio.raw_socket(environ).shutdown(sockets.SHUT_RDWR)

    def header(self, run: Run) -> dict[str, Any] | None:
        """Return a run's header; a run that was started just now says it within moments."""
        feed = self.runner.follow(run)
        if feed is not None:
            if feed.place is not None:
                return None
            feed.header_known.wait(_HEADER_TIMEOUT_S)
            if feed.header is not None:
                return feed.header
        return self.store.get(run.id).header

    def _catch_up(self, watch: Watch, since: int) -> None:
        while self._drained(watch):
            feed = self.runner.feed(watch.run_id)
            with self._lock_of(feed):
                if watch.cancelled:
                    return
                sheet = self._sheet(watch.run_id, feed, since)
                page = sheet.page
                since = page.last_seq
                if watch.unpacks and len(page.lines) >= _PACKED_FROM_EVENTS:
                    self._emit("packed", PackedLines(watch.run_id, sheet.packed), watch.sid)
                elif page.lines:
                    self._emit("events", EventLines(watch.run_id, page.lines), watch.sid)
                self.metrics.paged(page.lines)
                if len(page.lines) < BATCH_EVENTS:
                    self._join(watch, feed, page.lines)
                    return

    def _sheet(self, run_id: str, feed: Followed | None, since: int) -> Sheet:
        if feed is None or feed.ended:
            return self._paging.sheet(run_id, since, BATCH_EVENTS, functools.partial(self.store.read, run_id))
        # What another machine has stored, and is not told yet, comes through the room.
        told = feed.next_seq - 1 - since
        if told <= 0:
            return Sheet(feed.page(since, BATCH_EVENTS))
        return self._paging.sheet(run_id, since, min(BATCH_EVENTS, told), feed.page)

    def _join(self, watch: Watch, feed: Followed | None, newest: Sequence[str]) -> None:
        """All that is stored has been sent: what comes next comes through the room, or is the end."""
        self._tell_beginning(watch, feed)
        if feed is not None and not feed.ended:
            # It raises for a client that has left in the meantime.
            with contextlib.suppress(KeyError, ValueError):
                self._server.enter_room(watch.sid, watch.room, namespace=_NAMESPACE)
                watch.live = True
            return
        last = newest[-1:]
        # Whoever watches a run while it is removed has got its beginning.
        with contextlib.suppress(UnknownRun):
            last = last or self.store.read(watch.run_id, self.store.get(watch.run_id).events - 2, 1).lines
        event = json.loads(last[-1]) if last else {}
        # A run whose end could not be recorded, or that is removed just now, has no such event.
        ended = event if event.get("kind") == "run.ended" else {"status": "interrupted"}
        message = ended_message(watch.run_id, ended)
        self._emit("ended", message, watch.sid)
        self._forget(watch)

    def _tell_beginning(self, watch: Watch, feed: Followed | None) -> None:
        """Say what has changed since the client asked: its place in the queue, or that the run has begun."""
        if feed is not None and feed.place is not None:
            message = {"run": watch.run_id, "place": feed.place}
            self._emit("queued", message, watch.sid)
        elif watch.needs_header:
            header = None if feed is None else feed.header
            if feed is None:
                with contextlib.suppress(UnknownRun):
                    header = self.store.get(watch.run_id).header
            if header is not None:
                message = _began_message(watch.run_id, header)
                self._emit("began", message, watch.sid)
                watch.needs_header = False
            elif feed is not None:
                # It began long ago, and its supervisor is slow to say so.
                feed.announces = True

    def _drained(self, watch: Watch) -> bool:
        """Wait until a client has taken what was sent to it; cut it off when it takes nothing for too long."""
        self.aio.sleep(0)
        look_s, longest_s = _DRAIN_LOOKS_S
        give_up_s = time.monotonic() + self._stall_s
        while not watch.cancelled:
            queued = self._queued(watch.sid)
            if queued <= _PAGED_QUEUE:
                return True
            if time.monotonic() > give_up_s:
                self.metrics.cut(watch.run_id)
                self.cut(watch.sid)
                self._forget(watch)
                break
            self.aio.sleep(look_s)
            look_s = min(2 * look_s, longest_s)
        return False

    def _look_after(self) -> None:
        """Take watchers that are too slow out of their rooms, for ever."""
        while True:
            self.aio.sleep(_LOOK_S)
            for watch in list(self._watches.values()):
                # A packed batch is two messages, where they are not framed as one.
                each = 2 if watch.unpacks and self.aio.framed is None else 1
                if watch.live and self._queued(watch.sid) > each * _LIVE_QUEUE:
                    self._demote(watch)
            self._end_unwatched()

    def _end_unwatched(self) -> None:
        """End the runs that are to end when nobody watches, and that nobody watches."""
        now_s = time.monotonic()
        feeds = self.runner.feeds()
        wanted = {feed.run_id: feed for feed in feeds if feed.needs_viewer and not feed.ended}
        watched = {watch.run_id for watch in list(self._watches.values()) if self._is_there(watch.sid)}
        self._seen &= {feed.run_id for feed in feeds}
        alone = wanted.keys() - watched
        self._unwatched_since_s = {run_id: self._unwatched_since_s.get(run_id, now_s) for run_id in alone}
        for run_id, since_s in self._unwatched_since_s.items():
            waits = wanted[run_id].place is not None
            patience_s = _WAITING_UNWATCHED_S if waits else _UNWATCHED_S if run_id in self._seen else _UNSEEN_S
            if now_s - since_s > patience_s:
                self.runner.stop(run_id)

    def _is_there(self, sid: str) -> bool:
        """Say whether a client can be heard: a connection that was cut looks open for a long time."""
        eio_sid = self._server.manager.eio_sid_from_sid(sid, _NAMESPACE)
        connection = self._server.eio.sockets.get(eio_sid)
        asked_s = None if connection is None or connection.closed else connection.last_ping or time.time()
        return asked_s is not None and time.time() - asked_s < _SILENT_S

    def _demote(self, watch: Watch) -> None:
        feed = self.runner.feed(watch.run_id)
        with self._lock_of(feed):
            if feed is None or feed.ended or watch.cancelled:
                return
            self._server.leave_room(watch.sid, watch.room, namespace=_NAMESPACE)
            watch.live = False
            since = feed.next_seq - 1
        self.aio.spawn(self._catch_up, watch, since)

    def _leave(self, watch: Watch) -> None:
        with self._lock_of(self.runner.feed(watch.run_id)):
            self._forget(watch)
            self._server.leave_room(watch.sid, watch.room, namespace=_NAMESPACE)

    def _queued(self, sid: str) -> int:
        """Return how many messages wait to be sent to a client; Engine.IO offers no other way to ask."""
        eio_sid = self._server.manager.eio_sid_from_sid(sid, _NAMESPACE)
        connection = self._server.eio.sockets.get(eio_sid)
        return connection.queue.qsize() if connection is not None else 0

    def _of(self, run_id: str) -> Iterator[Watch]:
        return (watch for watch in list(self._watches.values()) if watch.run_id == run_id)

    def _forget(self, watch: Watch) -> None:
        watch.cancelled = True
        with self._changing:
            if self._watches.get((watch.sid, watch.run_id)) is watch:
                del self._watches[watch.sid, watch.run_id]

    def _lock_of(self, feed: Followed | None) -> contextlib.AbstractContextManager[Any]:
        return contextlib.nullcontext() if feed is None else feed.lock


def _began_message(run_id: str, header: codec.Header) -> dict[str, Any]:
    return {"run": run_id, "header": header, "state": "running"}


# -- Socket.IO's side: check what comes in, then hand over ---------------------------------------------


def _live() -> Live:
    live: Live = current_app.extensions["lab.live"]
    return live


def _lang() -> str:
    real: Request = request._get_current_object()  # type: ignore[attr-defined]
    return i18n.language_of(real)


# A client may send an event of its own that is called "connect" or "disconnect", with anything in it: the handlers
# of the real ones get it, too.


@socketio.on("connect")  # type: ignore[untyped-decorator]
def _connect(auth: object = None) -> dict[str, str] | None:
    # flask-socketio puts it there, and sid.
    given = request.event["args"]  # type: ignore[attr-defined]
    if not given or given[0] is not request.environ:
        return _no_such_event()
    viewer = _live().tokens.who(auth.get("token") if isinstance(auth, dict) else None)
    if viewer is None:
        raise ConnectionRefusedError(sentences.say("bad-token", _lang()))
    live, sid = _live(), request.sid  # type: ignore[attr-defined]
    live.viewers[sid] = viewer
    live.aio.patience.end(live.aio.raw_socket(request.environ))
    return None


@socketio.on("disconnect")  # type: ignore[untyped-decorator]
def _disconnect(*payload: object) -> None:
    """Forget who is gone; who only says so is forgotten, too, which harms nobody else."""
    live, sid = _live(), request.sid  # type: ignore[attr-defined]
    live.forget_client(sid)
    live.viewers.pop(sid, None)
    if payload == ("ping timeout",):
        live.cut(sid)


@socketio.on("watch")  # type: ignore[untyped-decorator]
def _watch(*payload: object) -> dict[str, Any]:
    live, lang, sid = _live(), _lang(), request.sid  # type: ignore[attr-defined]
    wanted = payload[0] if len(payload) == 1 and isinstance(payload[0], dict) else {}
    run_id, since = wanted.get("run"), wanted.get("since")
    if not isinstance(run_id, str) or type(since) is not int or since < -1:
        return {"error": sentences.say("bad-watch", lang)}
    try:
        if not _RUN_ID.fullmatch(run_id):
            raise UnknownRun(run_id)
        run = live.store.get(run_id)
    except UnknownRun as error:
        return {"error": no_run(error, run_id[:64]).detail(lang)}
    if since >= run.events:
        return {"error": sentences.say("bad-watch", lang)}
    header = live.header(run)
    live.watch(sid, run, since, needs_header=header is None, unpacks=wanted.get("packed") is True)
    answer = {"ok": True, "run": run_id, "header": header, "state": run.state}
    answer["may_stop"] = live.runner.may_stop(run_id, live.viewers.get(sid))
    feed = live.runner.feed(run_id)
    if feed is not None and feed.place is not None:
        answer["place"] = feed.place
    if run.state == "ended":
        answer["events"] = run.events
    if live.is_delayed:
        answer["delayed"] = True
    return answer


@socketio.on("*")  # type: ignore[untyped-decorator]
def _anything_else(*_payload: object) -> dict[str, str]:
    return _no_such_event()


def _no_such_event() -> dict[str, str]:
    return {"error": sentences.say("bad-event", _lang())}


@socketio.on_error_default  # type: ignore[untyped-decorator]
def _failed(error: Exception) -> dict[str, str]:
    current_app.logger.error("A Socket.IO message failed.", exc_info=error)
    return {"error": sentences.say("server-error", _lang())}
