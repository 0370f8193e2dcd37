"""multiprocessing.Pool and ThreadPool: tasks from the one who hands them in to the worker that does them."""

from __future__ import annotations

import os
from sys import _getframe

from ..trace import constants
from . import frames, mp_shared, resources, sink, values
from .conditions import told_as_wait, watch
from .inbox import Inbox
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
local = resources.local
_POOL_FILE = "/multiprocessing/pool.py"
# More chunks than this are told when they are done, not when they are handed in.
_MOST_SUBMITTED = 10_000


def _task_id(pid: int, job: int, index: Any) -> str:
    return f"{pid}.{job}:{index or 0}"


def _task(function: Any, args: Any) -> tuple[Any, Any]:
    """Return function and arguments of a task; of a chunk of map(), the function that is mapped."""
    code = frames.code_of(function)
    if code is not None and code.co_name in ("mapstar", "starmapstar") and code.co_filename.endswith(_POOL_FILE):
        function, args = args[0]
    return function, args


def _described(function: Any, args: Any) -> tuple[str, str]:
    function, args = _task(function, args)
    return values.function_name(function), values.short(args)


# -- the one who hands in ------------------------------------------------------------------------------


def _tell_submitted(pool: Any, job: int, index: int, name: str, value: str) -> None:
    line, file = frames.where(_getframe())
    text = f"{_task_id(sink.state.pid, job, index)}\0{name}\0{value}"
    sink.emit_text(constants.POOL_TASK_SUBMITTED, pool.__dict__[TAG], text, 0, line, file)


@quiet
def _tell_chunks(pool: Any, job: int, function: Any, iterable: Any, size: int) -> None:
    if not isinstance(iterable, (list, tuple, range)) or size < 1:
        return
    name = values.function_name(function)
    for index, start in enumerate(range(0, len(iterable), size)):
        if index == _MOST_SUBMITTED:
            return
        _tell_submitted(pool, job, index, name, values.short(tuple(iterable[start : start + size])))


@quiet
def _adopt(pool: Any, processes: Any, kind: str, frame: Any) -> None:
    if processes is None:
        processes = getattr(os, "process_cpu_count", os.cpu_count)() or 1
    if type(processes) is not int or processes < 1:
        return
    obj = resources.new_id()
    line, file = frames.where(frame)
    sink.emit_text(constants.POOL_CREATED, obj, f"{kind}\0{frames.variable(frame, True)}", processes, line, file)
    pool.__dict__[TAG] = obj


def _patch_pool(module: Any) -> None:
    passing = ("/multiprocessing/context.py", _POOL_FILE)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, processes: Any = None, *args: Any, **kwargs: Any) -> None:
            frame = frames.creator(_getframe().f_back, passing)
            if frame is not None and TAG not in self.__dict__:
                kind = "ThreadPool" if isinstance(self, module.ThreadPool) else "Pool"
                _adopt(self, processes, kind, frame)
            try:
                original(self, processes, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise

        return __init__

    def make_setup(original: Any) -> Any:
        def _setup_queues(self: Any) -> None:
            original(self)
            obj = self.__dict__.get(TAG)
            if obj and hasattr(self._inqueue, "_rlock"):
                self._inqueue._concurrency_lab_pool = obj
                mp_shared.tell("pool", self._inqueue._rlock, obj)

        return _setup_queues

    def composite(name: str) -> Any:
        def make(original: Any) -> Any:
            def wait_for_all(self: Any) -> Any:
                try:
                    return told_as_wait(original, (self,), constants.REASON_JOIN, self.__dict__.get(TAG, 0))
                except BaseException as error:
                    hide(error)
                    raise

            return wait_for_all

        return replace(module.Pool, name, make)

    replace(module.Pool, "__init__", make_init)
    replace(module.Pool, "_setup_queues", make_setup)
    composite("join")
    composite("terminate")


def _patch_submit(module: Any) -> None:
    def make_apply(original: Any) -> Any:
        def apply_async(self: Any, func: Any, args: Any = (), *rest: Any, **kwargs: Any) -> Any:
            local.task = (func, args)
            try:
                return original(self, func, args, *rest, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.task = None

        return apply_async

    def make_map(original: Any) -> Any:
        def _map_async(self: Any, func: Any, iterable: Any, *rest: Any, **kwargs: Any) -> Any:
            try:
                if self._state == module.RUN and not hasattr(iterable, "__len__"):
                    iterable = list(iterable)
                local.task = (func, iterable)
                return original(self, func, iterable, *rest, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                local.task = None

        return _map_async

    def make_tasks(original: Any) -> Any:
        def _guarded_task_generation(self: Any, result_job: Any, func: Any, iterable: Any) -> Any:
            tasks = original(self, result_job, func, iterable)
            if TAG not in self.__dict__ or local.task == ():
                return tasks
            if isinstance(iterable, (list, tuple, range)):
                _tell_chunks(self, result_job, func, iterable, 1)
                return tasks
            return _told_when_sent(self, tasks)

        return _guarded_task_generation

    replace(module.Pool, "apply_async", make_apply)
    replace(module.Pool, "_map_async", make_map)
    replace(module.Pool, "_guarded_task_generation", make_tasks)


def _told_when_sent(pool: Any, tasks: Any) -> Any:
    """Pass tasks on; those of an iterator are known only now, in the pool's own thread."""
    for task in tasks:
        _tell_sent(pool, task)
        yield task


@quiet
def _tell_sent(pool: Any, task: Any) -> None:
    _tell_submitted(pool, task[0], task[1], *_described(task[2], task[3]))


@quiet
def _tell_result(result: Any, pool: Any, is_map: bool) -> None:
    obj = pool.__dict__.get(TAG)
    if not obj:
        return
    watch(result._event._cond, constants.REASON_FUTURE, resources.Shared(obj))
    if not local.task:
        return
    function, args = local.task
    if not is_map:
        local.task = None
        _tell_submitted(pool, result._job, 0, *_described(function, args))
    elif hasattr(result, "_chunksize") and isinstance(args, (list, tuple, range)):
        local.task = ()
        _tell_chunks(pool, result._job, function, args, result._chunksize)


def _patch_results(module: Any) -> None:
    def make_init(is_map: bool) -> Any:
        def make(original: Any) -> Any:
            def __init__(self: Any, pool: Any, *args: Any, **kwargs: Any) -> None:
                original(self, pool, *args, **kwargs)
                if is_map or type(self) is not module.MapResult:
                    _tell_result(self, pool, is_map)

            return __init__

        return make

    def make_iterator(original: Any) -> Any:
        def __init__(self: Any, pool: Any) -> None:
            original(self, pool)
            obj = pool.__dict__.get(TAG)
            if obj:
                watch(self._cond, constants.REASON_FUTURE, resources.Shared(obj))

        return __init__

    replace(module.ApplyResult, "__init__", make_init(False))
    replace(module.MapResult, "__init__", make_init(True))
    replace(module.IMapIterator, "__init__", make_iterator)


# -- the worker ----------------------------------------------------------------------------------------


def _tell_started(obj: int, pid: int, task: Any) -> None:
    job, index, function, args = task[:4]
    name, value = _described(function, args)
    text = f"{_task_id(pid, job, index)}\0{name}\0{value}"
    line, file = frames.of_function(_task(function, args)[0])
    sink.emit_text(constants.POOL_TASK_STARTED, obj, text, 0, line, file)


class _Outbox:
    """A worker's queue of results."""

    def __init__(self, queue: Any, obj: int, pid: int) -> None:
        self._queue = queue
        self._obj = obj
        self._pid = pid

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def put(self, result: Any) -> None:
        """Hand in a result."""
        job, index, (is_ok, _) = result
        sink.emit_text(constants.POOL_TASK_ENDED, self._obj, _task_id(self._pid, job, index), bool(is_ok))
        try:
            self._queue.put(result)
        except BaseException as error:
            hide(error)
            raise


def _make_worker(original: Any) -> Any:
    def worker(inqueue: Any, outqueue: Any, *args: Any, **kwargs: Any) -> Any:
        obj, pid = 0, sink.state.pid
        if hasattr(inqueue, "_rlock"):
            from multiprocessing import process

            obj = getattr(inqueue, "_concurrency_lab_pool", 0) or mp_shared.ask("pool", inqueue._rlock)
            if not obj:
                return original(inqueue, outqueue, *args, **kwargs)
            parent = process.parent_process()
            pid = parent.pid if parent is not None and parent.pid else pid
        inbox = Inbox(inqueue, obj, lambda task: _tell_started(obj, pid, task))
        return original(inbox, _Outbox(outqueue, obj, pid), *args, **kwargs)

    return worker


def patch_pool(module: Any) -> None:
    """Patch multiprocessing.pool."""
    _patch_pool(module)
    _patch_submit(module)
    _patch_results(module)
    replace(module, "worker", _make_worker)
