"""The fold's part about managers: who asked whom, and who answered."""

from concurrency_lab.trace.fold_core import Event, FoldCore, Origin
from concurrency_lab.trace.lane import Lane


class ManagerFold(FoldCore):
    """Calls to objects that another process keeps."""

    def __init__(self) -> None:
        super().__init__()
        # call -> who asked or answered last, and when
        self._calls: dict[str, Origin] = {}

    def _on_manager_called(self, event: Event, lane: Lane) -> None:
        if "call" in event:
            self._calls[event["call"]] = (lane.key, event["ts_ns"])
            self._asked[lane.key] = event["call"]
        self._ran(lane, event)

    def _on_manager_served(self, event: Event, lane: Lane) -> None:
        origin = self._calls.pop(event.get("call", ""), None)
        if origin is not None:
            self._flow("sent", origin, lane.key, event["ts_ns"], event["obj"])
        self._ran(lane, event)

    def _on_manager_answered(self, event: Event, lane: Lane) -> None:
        self._calls[event.get("call", "")] = (lane.key, event["ts_ns"])
        self._ran(lane, event)

    def _answered(self, event: Event, lane: Lane) -> None:
        origin = self._calls.pop(self._asked.pop(lane.key), None)
        if origin is not None and origin[0] != lane.key:
            self._flow("sent", origin, lane.key, event["ts_ns"], event.get("obj", ""))
