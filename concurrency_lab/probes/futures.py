"""concurrent.futures: waits for results; the tasks and idle workers of ThreadPoolExecutor."""

from __future__ import annotations

import _queue
from sys import _getframe

from ..trace import constants
from . import frames, resources, sink, values
from .conditions import watch
from .inbox import take
from .patching import constructor, hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG


def _id_of(future: Any) -> int:
    told = getattr(future._condition, "_concurrency_lab_wait", None)
    return told[1].id if told is not None else 0


def name_of(future: Any) -> str:
    """Return the id that waits for this future name; "" if they are not told."""
    obj = _id_of(future)
    return resources.name_of(obj) if obj else ""


def _make_resolving(ok: bool) -> Any:
    def make(original: Any) -> Any:
        def resolve(self: Any, *args: Any) -> Any:
            # A library's worker says pool.task_ended.
            frame = frames.creator(_getframe().f_back)
            if frame is not None and self._state in ("PENDING", "RUNNING"):
                _tell_resolved(self, ok, frame)
            try:
                return original(self, *args)
            except BaseException as error:
                hide(error)
                raise

        return resolve

    return make


@quiet
def _tell_resolved(future: Any, ok: bool, frame: Any) -> None:
    sink.emit(constants.FUTURE_RESOLVED, _id_of(future), ok, *frames.where(frame))


def _make_cancel(original: Any) -> Any:
    def cancel(self: Any) -> Any:
        frame = frames.creator(_getframe().f_back)
        try:
            is_pending = self._state == "PENDING"
            if frame is not None and is_pending:
                _tell_resolved(self, False, frame)
            return original(self)
        except BaseException as error:
            hide(error)
            raise

    return cancel


def patch_base(module: Any) -> None:
    """Patch concurrent.futures._base."""

    def make_init(original: Any) -> Any:
        def __init__(self: Any) -> None:
            original(self)
            watch(self._condition, constants.REASON_FUTURE, resources.Shared(resources.new_id()))

        return __init__

    def make_install(original: Any) -> Any:
        def _create_and_install_waiters(fs: Any, return_when: Any) -> Any:
            waiter = original(fs, return_when)
            watch(waiter.event._cond, constants.REASON_FUTURE, resources.Shared(0))
            return waiter

        return _create_and_install_waiters

    replace(module.Future, "__init__", make_init)
    replace(module.Future, "set_result", _make_resolving(True))
    replace(module.Future, "set_exception", _make_resolving(False))
    replace(module.Future, "cancel", _make_cancel)
    replace(module, "_create_and_install_waiters", make_install)


class _Tasks(_queue.SimpleQueue):  # type: ignore[type-arg]
    """An executor's queue of work; tells when a worker is idle."""

    obj: int

    def get(self, block: bool = True, timeout: Any = None) -> Any:
        """Take the next item."""
        try:
            return take(block and self.empty(), self.obj, super().get, block, timeout)
        except BaseException as error:
            hide(error)
            raise


@quiet
def adopt(executor: Any, name: str, frame: Any) -> None:
    """Begin to trace an executor that does the user's work."""
    obj = resources.new_id()
    line, file = frames.where(frame)
    sink.emit_text(constants.POOL_CREATED, obj, f"ThreadPoolExecutor\0{name}", executor._max_workers, line, file)
    executor.__dict__[TAG] = obj
    executor._work_queue = _Tasks()
    executor._work_queue.obj = obj


def make_submit(original: Any) -> Any:
    """Return submit() of an executor: the item that it makes finds its executor in `local.task`, if it is traced."""
    local = resources.local

    def submit(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        former = local.task
        local.task = self if TAG in self.__dict__ else None
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            local.task = former

    return submit


def patch_thread(module: Any) -> None:
    """Patch concurrent.futures.thread."""
    local = resources.local

    @quiet
    def tell_submitted(item: Any, obj: int) -> None:
        task_id = resources.name_of(resources.new_id())
        item._concurrency_lab_task = (obj, task_id)
        name, value = values.function_name(item.fn), values.short(item.args)
        line, file = frames.where(_getframe())
        text = f"{task_id}\0{name}\0{value}\0{name_of(item.future)}"
        sink.emit_text(constants.POOL_TASK_SUBMITTED, obj, text, 0, line, file)

    def make_item(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            if isinstance(local.task, module.ThreadPoolExecutor):
                tell_submitted(self, local.task.__dict__[TAG])

        return __init__

    def make_run(original: Any) -> Any:
        def run(self: Any) -> None:
            obj, task_id = self.__dict__.get("_concurrency_lab_task", (0, ""))
            future = self.future
            if future._state.startswith("CANCELLED"):
                # It will not run: the worker only throws it away.
                task_id = ""
            if task_id:
                text = f"{task_id}\0{values.function_name(self.fn)}\0{values.short(self.args)}"
                sink.emit_text(constants.POOL_TASK_STARTED, obj, text, 0, *frames.of_function(self.fn))
            try:
                original(self)
            except BaseException as error:
                hide(error)
                raise
            finally:
                if task_id:
                    ok = future._exception is None
                    sink.emit_text(constants.POOL_TASK_ENDED, obj, task_id, ok)

        return run

    making = constructor(lambda executor, frame: adopt(executor, frames.variable(frame, True), frame))
    replace(module.ThreadPoolExecutor, "__init__", making)
    replace(module.ThreadPoolExecutor, "submit", make_submit)
    replace(module._WorkItem, "__init__", make_item)
    replace(module._WorkItem, "run", make_run)
