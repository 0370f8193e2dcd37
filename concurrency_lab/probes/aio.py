"""asyncio: tasks as lanes. When the event loop enters, leaves and readies a task, made in C or in Python."""

from __future__ import annotations

import _thread
import _weakref
from sys import _getframe
from types import BuiltinFunctionType, FunctionType, MethodType

from ..trace import constants
from . import aio_waits, frames, resources, sink, values
from .patching import hide, quiet, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TAG = resources.TAG
_STEP = "TaskStepMethWrapper"
# A coroutine of asyncio's own is the user's task if only these files stand between the two.
_PASSING = ("/asyncio/tasks.py", "/asyncio/taskgroups.py", "/asyncio/base_events.py", "/asyncio/runners.py")


class _Local(_thread._local):
    """The task that this thread's event loop is in."""

    current: Any = None
    # It was made ready again during this very step.
    is_ready = False


local = _Local()
# The types that tasks may have, and the methods by which one written in Python is called; set when patched.
_types: tuple[Any, ...] = ()
_steps: tuple[Any, ...] = ()
_running_code: Any = None


class _Task:
    """Hangs on a task: its id and what it was last said to be."""

    __slots__ = ("awaited", "id", "is_started", "name")

    def __init__(self, name: str, obj: int) -> None:
        self.id = obj
        self.name = name
        self.is_started = False
        # What the end of the wait that it is in brings: a function that tells it.
        self.awaited: Any = None


def _is_task(value: Any) -> bool:
    return issubclass(type(value), _types)


def _task_of(callback: Any) -> Any:
    """Return the task whose step a callback is; None if it is no task's."""
    kind = type(callback)
    if kind is FunctionType:
        return None
    if kind is BuiltinFunctionType:
        is_step = callback.__name__ == "task_wakeup"
    elif kind is MethodType:
        is_step = any(callback.__func__ is step for step in _steps)
    else:
        is_step = kind.__name__ == _STEP
    if is_step and _is_task(callback.__self__):
        return callback.__self__
    return None


def _name_of(task: Any) -> str:
    base = next(kind for kind in _types if isinstance(task, kind))
    return values.plain(str(base.get_name(task)))


def _state(task: Any) -> _Task:
    """Return what hangs on the task; tell of it where it is new, or new to this process."""
    state: _Task | None = getattr(task, TAG, None)
    if state is None or state.id >> 32 != sink.state.pid:
        state = _tell_created(task, _Task(_name_of(task), resources.new_id()))
    return state


def _tell_created(task: Any, state: _Task) -> _Task:
    setattr(task, TAG, state)
    _tell_new(task._coro, state)
    return state


def _tell_new(coroutine: Any, state: _Task) -> None:
    frame: Any = _getframe()
    line, file = frames.where(frame)
    while frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    name = values.plain(str(getattr(coroutine, "__qualname__", "")))
    code = getattr(coroutine, "cr_code", None)
    is_users = code is None or frames.index_of(code.co_filename) > 0
    if not is_users:
        is_users = frames.creator(frame, _PASSING) is not None and not name.startswith("BaseEventLoop.shutdown_")
    text = f"{state.name or name}\0{name}\0{'' if is_users else '1'}"
    sink.emit_text(constants.TASK_CREATED, state.id, text, 0, line, file)


def _line_of_step() -> tuple[int, int]:
    """Return the user's line that runs, but not the one that runs the event loop."""
    frame: Any = _getframe()
    while frame is not None and frame.f_code is not _running_code:
        if frames.index_of(frame.f_code.co_filename):
            return frames.where(frame)
        frame = frame.f_back
    return 0, 0


def id_and_name(value: Any) -> tuple[int, str]:
    """Return a task's id and name; (0, "") of anything else."""
    if not _is_task(value):
        return 0, ""
    state = _state(value)
    _tell_name(value, state)
    return state.id, state.name


@quiet
def _scheduled(task: Any) -> None:
    state = getattr(task, TAG, None)
    if state is None or state.id >> 32 != sink.state.pid:
        _state(task)
    elif local.current is state:
        local.is_ready = True
    else:
        sink.emit(constants.TASK_SCHEDULED, state.id, 0, *_line_of_step())


@quiet
def _entered(task: Any) -> None:
    state = _state(task)
    local.current, local.is_ready = state, False
    if not state.is_started:
        state.is_started = True
        sink.emit(constants.TASK_STARTED, state.id)
    else:
        sink.emit(constants.TASK_SWITCHED, state.id, 1)
    awaited, state.awaited = state.awaited, None
    if awaited is not None:
        awaited()
    _tell_name(task, state)


def _tell_name(task: Any, state: _Task) -> None:
    name = _name_of(task)
    if name != state.name:
        state.name = name
        sink.emit_text(constants.TASK_NAMED, state.id, name)


@quiet
def _left(task: Any, former: _Task | None) -> None:
    """Say why the step is over, and that the task around it goes on: only an eager one has one."""
    state, local.current = local.current, former
    if state is None:
        return
    if task._state != "PENDING":
        # Not by exception(), which would count as a look at it.
        how = "cancelled" if task._state == "CANCELLED" else "ok" if task._exception is None else "error"
        sink.emit_text(constants.TASK_ENDED, state.id, how)
    else:
        _tell_name(task, state)
        _tell_left(task, state)
    if former is not None:
        sink.emit(constants.TASK_SWITCHED, former.id, 1)


def _tell_left(task: Any, state: _Task) -> None:
    found = None if local.is_ready else aio_waits.of_task(task, id_and_name)
    if found is None:
        sink.emit(constants.TASK_SWITCHED, state.id)
        return
    (reason, target, words, brings), line, file = found
    name = resources.name_of(target) if target & 0xFFFFFFFF else str(target >> 32) if target else ""
    sink.emit_text(constants.TASK_SWITCHED, state.id, f"{words}\0{reason}\0{name}", 0, line, file)
    if reason == "semaphore" and brings is not None:
        state.awaited = _Permit(brings, target, task._fut_waiter, line, file)
    elif reason == "future" and brings:
        state.awaited = _Results([task for task in brings if _is_task(task)], line, file)


class _Permit:
    """A semaphore's permit, if the wait ends well."""

    __slots__ = ("_future", "_semaphore", "_target", "_where")

    def __init__(self, semaphore: Any, target: int, future: Any, line: int, file: int) -> None:
        self._semaphore, self._target, self._future, self._where = semaphore, target, future, (line, file)

    def __call__(self) -> None:
        if self._future._state == "FINISHED":
            sink.emit(constants.SEMAPHORE_ACQUIRED, self._target, self._semaphore._value, *self._where)


class _Results:
    """Other tasks' results. They are not kept alive: what they would complain of at their end comes when it would."""

    __slots__ = ("_tasks", "_where")

    def __init__(self, tasks: list[Any], line: int, file: int) -> None:
        self._tasks = [(_state(task).id, _weakref.ref(task)) for task in tasks]
        self._where = line, file

    def __call__(self) -> None:
        for obj, reference in self._tasks:
            task = reference()
            if task is None or task._state != "PENDING":
                sink.emit(constants.TASK_JOINED, obj, 0, *self._where)


def _make_run(original: Any) -> Any:
    global _running_code
    task_of = _task_of
    conceal = hide

    def _run(self: Any) -> None:
        task = task_of(self._callback)
        if task is None:
            try:
                original(self)
            except BaseException as error:
                conceal(error)
                raise
            return
        former = local.current
        _entered(task)
        try:
            original(self)
        except BaseException as error:
            conceal(error)
            raise
        finally:
            _left(task, former)
            # As the original does: a kept traceback would keep this frame, and the frame its task.
            self = task = None

    _running_code = _run.__code__
    return _run


def patch_events(module: Any) -> None:
    """Patch asyncio.events."""
    replace(module.Handle, "_run", _make_run)


def patch_tasks(module: Any) -> None:
    """Patch asyncio.tasks: learn what tasks are; those that begin at once are never handed to the loop."""
    global _types, _steps
    aio_waits.set_folder(module.__file__)
    python_task = module._PyTask
    _types = (python_task,) if module.Task is python_task else (module.Task, python_task)
    _steps = tuple(vars(python_task)[f"_Task__{name}"] for name in ("step", "wakeup"))

    def make_eager(original: Any) -> Any:
        def create_eager_task_factory(custom_task_constructor: Any) -> Any:
            return original(_eagerly(custom_task_constructor))

        return create_eager_task_factory

    if hasattr(module, "create_eager_task_factory"):
        replace(module, "create_eager_task_factory", make_eager)
        module.eager_task_factory = module.create_eager_task_factory(module.Task)


def _eagerly(constructor: Any) -> Any:
    def construct(coro: Any, **options: Any) -> Any:
        """Make a task that takes its first step within this very call; it gets its id before it exists."""
        if not options["loop"].is_running():
            return constructor(coro, **options)
        former = local.current
        state = _Task("", resources.new_id())
        state.is_started = True
        _tell_new(coro, state)
        if former is not None:
            sink.emit(constants.TASK_SWITCHED, former.id)
        sink.emit(constants.TASK_STARTED, state.id)
        local.current, local.is_ready = state, False
        task = None
        try:
            task = constructor(coro, **options)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if _is_task(task):
                setattr(task, TAG, state)
                _left(task, former)
            else:
                local.current = former
        try:
            return task
        finally:
            # A traceback that the task keeps would keep this frame.
            task = None

    return construct


def patch_base_events(module: Any) -> None:
    """Patch asyncio.base_events."""

    def make_call_soon(original: Any) -> Any:
        task_of = _task_of

        def _call_soon(self: Any, callback: Any, *args: Any) -> Any:
            task = task_of(callback)
            if task is not None:
                _scheduled(task)
            try:
                handle = original(self, callback, *args)
            except BaseException as error:
                hide(error)
                raise
            if handle._source_traceback:
                # Only in debug mode: our own frame.
                del handle._source_traceback[-1]
            return handle

        return _call_soon

    def make_run_in_executor(original: Any) -> Any:
        def run_in_executor(self: Any, executor: Any, func: Any, *args: Any) -> Any:
            try:
                if executor is None and self._default_executor is None:
                    _default_executor(self, module.concurrent.futures, _getframe().f_back)
                return original(self, executor, func, *args)
            except BaseException as error:
                hide(error)
                raise

        return run_in_executor

    replace(module.BaseEventLoop, "_call_soon", make_call_soon)
    replace(module.BaseEventLoop, "run_in_executor", make_run_in_executor)


def _default_executor(loop: Any, futures: Any, frame: Any) -> None:
    """Make the executor that the loop would make for itself, and trace it: it does the user's work."""
    if loop._closed or getattr(loop, "_executor_shutdown_called", False) or frames.user_frame(frame) is None:
        return
    from .futures import adopt

    loop._default_executor = futures.ThreadPoolExecutor(thread_name_prefix="asyncio")
    adopt(loop._default_executor, "", frame)
