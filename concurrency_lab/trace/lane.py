"""Lanes and resources: what the fold fills. JavaScript has the same (static/js/trace/lane.js)."""

from typing import Any

from concurrency_lab.trace import states
from concurrency_lab.trace.states import BLOCKED, NEW


class Lane:
    """The row of one process (its main thread), thread or asyncio task.

    Spans are columns: span i lasts from `start_ns[i]` to `start_ns[i + 1]` (the last one: still).
    `path_ns`, `path_file`, `path_line` say at which source line the lane was last seen.
    """

    def __init__(self, key: str, kind: str, pid: int, name: str, parent: str | None, created_ns: int) -> None:
        self.key = key
        self.kind = kind
        self.pid = pid
        self.tid: int | None = None
        self.name = name
        self.parent = parent
        self.internal = False
        self.daemon = False
        # Its native id is not known: nobody sees whether it is on a CPU.
        self.unwatched = False
        self.created_ns = created_ns
        self.method = ""
        self.exit: dict[str, int] | None = None
        self.orphaned: list[tuple[int, int]] = []
        self.cpu_ns: int | None = None
        self.start_ns: list[int] = []
        self.state: list[int] = []
        self.reason: list[int] = []
        self.source: list[int] = []
        self.line: list[int] = []
        self.obj: list[str] = []
        self.path_ns: list[int] = []
        self.path_file: list[str] = []
        self.path_line: list[int] = []

    @property
    def now(self) -> int:
        """The state it is in; NEW before the first span."""
        return self.state[-1] if self.state else NEW

    @property
    def only_seen_blocked(self) -> bool:
        """It is blocked as the OS sees it, or must have been; its own probe did not say so."""
        return self.now == BLOCKED and self.source[-1] != states.SOURCE_CODES["probe"]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        columns = zip(self.start_ns, self.state, self.reason, self.source, self.line, self.obj, strict=True)
        path = zip(self.path_ns, self.path_file, self.path_line, strict=True)
        return {
            "key": self.key,
            "kind": self.kind,
            "pid": self.pid,
            "tid": self.tid,
            "name": self.name,
            "parent": self.parent,
            "internal": self.internal,
            "daemon": self.daemon,
            "method": self.method,
            "created_ns": self.created_ns,
            "exit": self.exit,
            "orphaned": [list(entry) for entry in self.orphaned],
            "cpu_ns": self.cpu_ns,
            "spans": [list(span) for span in columns],
            "path": [list(step) for step in path],
        }


class Resource:
    """A lock, condition, queue, ...: who held it, and how many items were in it."""

    def __init__(self, obj: str, kind: str, type_name: str, name: str, created_ns: int) -> None:
        self.obj = obj
        self.kind = kind
        self.type = type_name
        self.name = name
        self.created_ns = created_ns
        self.file = ""
        self.line = 0
        # [lane key, from_ns, to_ns or None while held]
        self.holds: list[list[Any]] = []
        # those of `holds` that have not ended
        self.open_holds: list[list[Any]] = []
        self.depth_ns: list[int] = []
        self.depth: list[int] = []

    @property
    def is_shared(self) -> bool:
        """It belongs to several processes, and outlives each of them."""
        return self.type.startswith("multiprocessing.")

    def end_hold(self, hold: list[Any], ts: int) -> None:
        """Note that one of `open_holds` has ended."""
        hold[2] = ts
        self.open_holds.remove(hold)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        return {
            "obj": self.obj,
            "kind": self.kind,
            "type": self.type,
            "name": self.name,
            "created_ns": self.created_ns,
            "file": self.file,
            "line": self.line,
            "holds": self.holds,
            "depth": [list(point) for point in zip(self.depth_ns, self.depth, strict=True)],
        }
