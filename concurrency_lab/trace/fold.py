"""Events -> lanes with their spans, flows, resources and output: the one fold that all readers share.

JavaScript has the same fold (static/js/trace/fold.js, the same parts); tests/golden/ pins both to the same result.
Feed it events in order; its result is right after every one, so a live view needs nothing else.
"""

from typing import Any

from concurrency_lab.trace.fold_channels import ChannelFold
from concurrency_lab.trace.fold_managers import ManagerFold
from concurrency_lab.trace.fold_processes import ProcessFold
from concurrency_lab.trace.fold_tasks import TaskFold
from concurrency_lab.trace.fold_threads import ThreadFold
from concurrency_lab.trace.fold_variables import VariableFold


class Fold(ProcessFold, ThreadFold, TaskFold, ChannelFold, ManagerFold, VariableFold):
    """See the module. `lanes`, `flows`, `resources`, `output` are the result so far."""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data: what the golden files hold."""
        return {
            "lanes": [lane.to_dict() for lane in self.lanes.values()],
            "flows": [list(flow) for flow in self.flows],
            "resources": [resource.to_dict() for resource in self.resources.values()],
            "tasks": list(self.tasks.values()),
            "output": [list(entry) for entry in self.output],
            "variables": [variable.to_dict() for variable in self.variables.values()],
            "warnings": [list(entry) for entry in self.warnings],
            "findings": [list(entry) for entry in self.findings],
            "end_ns": self.end_ns,
            "dropped": self.dropped,
            "illegal": self.illegal,
            "handed_over": self.handed_over,
        }
