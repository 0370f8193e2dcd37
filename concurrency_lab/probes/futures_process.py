"""concurrent.futures.ProcessPoolExecutor: tasks from the one who hands them in to the process that does them."""

from __future__ import annotations

from sys import _getframe

from ..trace import constants
from . import frames, mp_shared, resources, sink, values
from .futures import make_submit, name_of
from .inbox import Inbox
from .patching import constructor, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local
# In a worker: the pool it works for.
_pool = 0


def _task_id(obj: int, work_id: Any) -> str:
    return f"{resources.name_of(obj)}:{work_id}"


def _task(function: Any, args: Any) -> tuple[Any, Any]:
    """Return function and arguments of a task; of a chunk of map(), the function that is mapped."""
    inner = getattr(function, "func", None)
    if getattr(inner, "__name__", "") == "_process_chunk" and getattr(function, "args", ()):
        return function.args[0], args[0] if len(args) == 1 else args
    return function, args


def _text(obj: int, work_id: Any, function: Any, args: Any) -> str:
    function, args = _task(function, args)
    return f"{_task_id(obj, work_id)}\0{values.function_name(function)}\0{values.short(args)}"


def _adopt(executor: Any, frame: Any) -> None:
    obj = resources.new_id()
    line, file = frames.where(frame)
    text = f"ProcessPoolExecutor\0{frames.variable(frame, True)}"
    sink.emit_text(constants.POOL_CREATED, obj, text, executor._max_workers, line, file)
    executor.__dict__[TAG] = obj
    executor._call_queue._concurrency_lab_pool = obj
    mp_shared.tell("pool", executor._call_queue._rlock, obj)


@quiet
def _tell_submitted(executor: Any, item: Any) -> None:
    obj = executor.__dict__[TAG]
    line, file = frames.where(_getframe())
    text = f"{_text(obj, executor._queue_count, item.fn, item.args)}\0{name_of(item.future)}"
    sink.emit_text(constants.POOL_TASK_SUBMITTED, obj, text, 0, line, file)


def _tell_started(item: Any) -> None:
    text = _text(_pool, item.work_id, item.fn, item.args)
    line, file = frames.of_function(_task(item.fn, item.args)[0])
    sink.emit_text(constants.POOL_TASK_STARTED, _pool, text, 0, line, file)


def _patch_executor(module: Any) -> None:
    def make_item(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            # The executor's lock is held: its count is this task's number.
            if isinstance(local.task, module.ProcessPoolExecutor):
                _tell_submitted(local.task, self)

        return __init__

    replace(module.ProcessPoolExecutor, "__init__", constructor(_adopt))
    replace(module.ProcessPoolExecutor, "submit", make_submit)
    replace(module._WorkItem, "__init__", make_item)


def patch_process(module: Any) -> None:
    """Patch concurrent.futures.process."""

    def make_worker(original: Any) -> Any:
        def _process_worker(call_queue: Any, *args: Any, **kwargs: Any) -> Any:
            global _pool
            # Under fork its semaphores have no names.
            _pool = getattr(call_queue, "_concurrency_lab_pool", 0) or mp_shared.ask("pool", call_queue._rlock)
            return original(Inbox(call_queue, _pool, _tell_started) if _pool else call_queue, *args, **kwargs)

        return _process_worker

    def make_sendback(original: Any) -> Any:
        def _sendback_result(result_queue: Any, work_id: Any, *args: Any, **kwargs: Any) -> Any:
            if _pool:
                failed = kwargs.get("exception") is not None
                sink.emit_text(constants.POOL_TASK_ENDED, _pool, _task_id(_pool, work_id), not failed)
            return original(result_queue, work_id, *args, **kwargs)

        return _sendback_result

    _patch_executor(module)
    replace(module, "_process_worker", make_worker)
    replace(module, "_sendback_result", make_sendback)
