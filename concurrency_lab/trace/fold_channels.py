"""The fold's part about what goes from one lane to another: items, bytes, a pool's tasks; and output."""

from collections import deque
from typing import Any

from concurrency_lab.trace.fold_core import Event, Origin
from concurrency_lab.trace.fold_resources import ResourceFold
from concurrency_lab.trace.lane import Lane


class ChannelFold(ResourceFold):
    """Queues, pipes, pools and output."""

    def __init__(self) -> None:
        super().__init__()
        self._unsent: dict[str, deque[str]] = {}
        self._early_gets: dict[str, deque[Origin]] = {}
        # an end of a pipe -> the end at which it is received
        self._peers: dict[str, str] = {}
        # an end -> [who sent it, bytes not yet read, whether its arrow is to be drawn, whether the end is a guess]
        self._in_pipe: dict[str, deque[list[Any]]] = {}
        self._owed: dict[str, int] = {}
        # task of a pool -> its future
        self._futures: dict[str, str] = {}

    def _on_queue_put(self, event: Event, lane: Lane) -> None:
        self._depth(event)
        if "item" in event:
            self._puts[event["item"]] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_queue_sent(self, event: Event, lane: Lane) -> None:
        item = event.get("item", "")
        early = self._early_gets.get(event["obj"])
        if early:
            self._put_got(item, event["obj"], *early.popleft())
        else:
            self._unsent.setdefault(event["obj"], deque()).append(item)

    def _on_queue_got(self, event: Event, lane: Lane) -> None:
        self._depth(event)
        obj, ts = event["obj"], event["ts_ns"]
        if "item" in event:
            self._put_got(event["item"], obj, lane.key, ts)
        elif self._unsent.get(obj):
            # A queue between processes is a pipe: the n-th item sent is the n-th got.
            self._put_got(self._unsent[obj].popleft(), obj, lane.key, ts)
        else:
            # Its reader may be quicker than its sender's word of it.
            self._early_gets.setdefault(obj, deque()).append((lane.key, ts))
        self._ran(lane, event)

    def _put_got(self, item: str, obj: str, lane_key: str, ts: int) -> None:
        origin = self._puts.pop(item, None)
        if origin is not None:
            self._flow("put_got", origin, lane_key, ts, obj)

    def _depth(self, event: Event) -> None:
        resource = self.resources.get(event["obj"])
        if resource is not None:
            resource.depth_ns.append(event["ts_ns"])
            resource.depth.append(event["depth"])

    # -- pipes ---------------------------------------------------------------------------------------

    def _on_pipe_created(self, event: Event, lane: Lane) -> None:
        obj, peer = event["obj"], event.get("peer") or event["obj"]
        if peer != obj and obj not in self._peers:
            # Whoever connects may send before the other side has accepted, and can say where it goes.
            messages = self._in_pipe.pop(obj, deque())
            self._in_pipe.setdefault(peer, deque()).extend(message for message in messages if message[3])
            self._in_pipe[obj] = deque(message for message in messages if not message[3])
        self._peers[obj] = peer
        self._resource(event, lane)

    def _on_pipe_sent(self, event: Event, lane: Lane) -> None:
        end = self._peers.get(event["obj"]) or str(event["obj"])
        # Its reader may be quicker than its sender's word of it.
        early = min(self._owed.get(end, 0), event["bytes"])
        self._owed[end] = self._owed.get(end, 0) - early
        is_guess = event["obj"] not in self._peers
        message = [(lane.key, event["ts_ns"]), event["bytes"] - early, early == 0, is_guess]
        self._in_pipe.setdefault(end, deque()).append(message)
        self._ran(lane, event)

    def _on_pipe_received(self, event: Event, lane: Lane) -> None:
        """A pipe is a stream: who wrote the bytes that are read is known by counting them."""
        obj, left = event["obj"], event["bytes"]
        waiting = self._in_pipe.get(obj, deque())
        while left and waiting:
            message = waiting[0]
            if message[2]:
                self._flow("sent", message[0], lane.key, event["ts_ns"], obj)
                message[2] = False
            taken = min(left, message[1])
            left -= taken
            message[1] -= taken
            if not message[1]:
                waiting.popleft()
        if left:
            self._owed[obj] = self._owed.get(obj, 0) + left
        self._ran(lane, event)

    # -- pools and output ----------------------------------------------------------------------------

    def _on_pool_task_submitted(self, event: Event, lane: Lane) -> None:
        self._puts["task " + event["task_id"]] = (lane.key, event["ts_ns"])
        if "future" in event:
            self._futures[event["task_id"]] = event["future"]
        self._ran(lane, event)

    def _on_pool_task_started(self, event: Event, lane: Lane) -> None:
        task_id = event["task_id"]
        self.tasks[task_id] = [
            event["ts_ns"], task_id, lane.key, event["function"], event.get("value", ""), None, None,
        ]  # fmt: skip
        origin = self._puts.pop("task " + task_id, None)
        if origin is not None:
            self._flow("task", origin, lane.key, event["ts_ns"], task_id)
        self._ran(lane, event)

    def _on_pool_task_ended(self, event: Event, lane: Lane) -> None:
        task = self.tasks.get(event["task_id"])
        if task is not None:
            task[5], task[6] = event["ts_ns"], event["ok"]
        if event["task_id"] in self._futures:
            self._sets[self._futures.pop(event["task_id"])] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _on_output_written(self, event: Event, lane: Lane) -> None:
        self.output.append((event["ts_ns"], lane.key, event["stream"], event["text"]))
        self._ran(lane, event)
