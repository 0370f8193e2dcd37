"""The fold's part about variables: which values each process's globals were seen to have, and when."""

from typing import Any

from concurrency_lab.trace.fold_core import Event, FoldCore
from concurrency_lab.trace.lane import Lane


class Variable:
    """One global of one process. Columns: from `ns[i]` on it was seen to have `value[i]`; "": it is deleted.

    `lane[i]` saw that, at `file[i]`, `line[i]` (0: at its end).
    """

    def __init__(self, pid: int, name: str) -> None:
        self.pid = pid
        self.name = name
        self.ns: list[int] = []
        self.value: list[str] = []
        self.lane: list[str] = []
        self.file: list[str] = []
        self.line: list[int] = []

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        changes = zip(self.ns, self.value, self.lane, self.file, self.line, strict=True)
        return {"pid": self.pid, "name": self.name, "changes": [list(change) for change in changes]}


class VariableFold(FoldCore):
    """Variables, in the order in which they were seen first."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: dict[tuple[int, str], Variable] = {}

    def _on_variable_changed(self, event: Event, lane: Lane) -> None:
        if self._keeps_path:
            key = event["pid"], event["name"]
            variable = self.variables.get(key)
            if variable is None:
                variable = self.variables[key] = Variable(*key)
            variable.ns.append(event["ts_ns"])
            variable.value.append(event.get("value", ""))
            variable.lane.append(lane.key)
            variable.file.append(event.get("file", ""))
            variable.line.append(event.get("line", 0))
        self._ran(lane, event)
