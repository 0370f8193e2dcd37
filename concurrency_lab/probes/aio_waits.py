"""What a suspended asyncio task waits for, read from the coroutines that it is made of; nothing of it is run."""

from __future__ import annotations

import posixpath
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from . import frames, resources, values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    # reason, id of what for, words, and what the end of the wait brings: a semaphore or tasks
    Wait = tuple[str, int, str, Any]

TAG = resources.TAG
_DEEPEST = 100

# asyncio's own coroutines that wait: qualified name -> (reason, words)
_BY_NAME = {
    "sleep": ("sleep", "sleep"),
    "Lock.acquire": ("lock", "Lock"),
    "Semaphore.acquire": ("semaphore", "Semaphore"),
    "Event.wait": ("event", "Event"),
    "Condition.wait": ("condition", "Condition"),
    "Barrier.wait": ("barrier", "Barrier"),
    "Queue.get": ("queue_get", "Queue get"),
    "Queue.put": ("queue_put", "Queue put"),
    "Queue.join": ("join", "Queue join"),
    "TaskGroup.__aexit__": ("future", "task group"),
    "TaskGroup._aexit": ("future", "task group"),
    "wait": ("future", "wait"),
    "wait_for": ("future", "wait_for"),
    "to_thread": ("future", "to_thread"),
    "BaseSubprocessTransport._wait": ("waitpid", "child process"),
    "BaseEventLoop.shutdown_default_executor": ("join", "executor"),
}
# What else waits in these files waits for the outside.
_IO_FILES = ("streams.py", "selector_events.py", "base_events.py", "base_subprocess.py", "subprocess.py",
             "unix_events.py", "sslproto.py")  # fmt: skip
_folder = ""


def set_folder(asyncio_file: str) -> None:
    """Say where asyncio's own files are."""
    global _folder
    _folder = posixpath.join(posixpath.dirname(asyncio_file), "")


def _next(awaitable: Any) -> tuple[FrameType | None, Any]:
    """Return the frame of a suspended coroutine and what that in turn awaits."""
    kind = type(awaitable)
    if kind is CoroutineType:
        return awaitable.cr_frame, awaitable.cr_await
    if kind is GeneratorType:
        return awaitable.gi_frame, awaitable.gi_yieldfrom
    if kind is AsyncGeneratorType:
        return awaitable.ag_frame, awaitable.ag_await
    if kind.__name__ in ("coroutine_wrapper", "async_generator_asend", "async_generator_athrow"):
        # They do not say what they stand for; the garbage collector knows.
        from gc import get_referents

        for inner in get_referents(awaitable):
            if type(inner) in (CoroutineType, AsyncGeneratorType):
                return None, inner
    return None, None


def _suspended(coroutine: Any) -> list[FrameType]:
    """Return the frames of a task from its own coroutine to the innermost."""
    found = []
    for _ in range(_DEEPEST):
        frame, coroutine = _next(coroutine)
        if frame is not None:
            found.append(frame)
        if coroutine is None:
            break
    return found


def of_task(task: Any, name_of_task: Any) -> tuple[Wait, int, int] | None:
    """Return what a task waits for and the user's line that does; None if it waits for its turn alone.

    `name_of_task`: task -> (id, name), and (0, "") for anything else.
    """
    future = task._fut_waiter
    if future is None:
        return None
    stack = _suspended(task._coro)
    line = file = 0
    for frame in reversed(stack):
        file = frames.index_of(frame.f_code.co_filename)
        if file:
            line = frame.f_lineno or 0
            break
    return _of_frames(stack, name_of_task) or _of_future(future, name_of_task), line, file


def _of_frames(stack: list[FrameType], name_of_task: Any) -> Wait | None:
    """Return what the innermost of asyncio's own coroutines says, or the one around it whose thing is the user's."""
    found: Wait | None = None
    for frame in reversed(stack):
        filename = frame.f_code.co_filename
        if not filename.startswith(_folder):
            break
        name = frame.f_code.co_qualname
        known = _BY_NAME.get(name)
        if known is not None:
            told = _told(known, frame, name_of_task)
            # A queue's join waits on an event of its own: the queue is what the user knows.
            if found is None or (told[1] and not found[1]):
                found = told
        elif found is None and filename[len(_folder) :] in _IO_FILES:
            found = "io", 0, name.rpartition(".")[2].strip("_").replace("_", " "), None
    return found


def _told(known: tuple[str, str], frame: FrameType, name_of_task: Any) -> Wait:
    reason, words = known
    here = frame.f_locals
    if words == "sleep":
        delay = here.get("delay")
        return reason, 0, f"sleep {delay:g}" if type(delay) in (int, float) else words, None
    if words == "to_thread":
        return reason, 0, f"to_thread {values.function_name(here.get('func'))}", None
    if words == "wait":
        return reason, 0, words, here.get("fs")
    if words == "wait_for":
        target, name = name_of_task(here.get("fut"))
        return reason, target, f"task {name}" if target else words, None
    owner = here.get("self")
    if words == "task group":
        return reason, 0, words, getattr(owner, "_tasks", None)
    if words == "child process":
        pid = getattr(owner, "_pid", 0)
        return reason, pid << 32 if type(pid) is int else 0, words, None
    tag = getattr(owner, "__dict__", {}).get(TAG)
    if tag is None:
        return reason, 0, words, None
    words = f"{words} {tag.fields[-1]}".rstrip()
    return reason, tag.id, words, owner if reason == "semaphore" else None


def _of_future(future: Any, name_of_task: Any) -> Wait:
    target, name = name_of_task(future)
    if target:
        return "future", target, f"task {name}", (future,)
    children = getattr(future, "_children", None) if type(future).__name__ == "_GatheringFuture" else None
    if type(children) is list:
        return "future", 0, f"gather of {len(children)}", children
    return "future", 0, "future", None
