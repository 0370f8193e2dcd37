"""Has the interpreter say when the user's code uses a variable: sys.monitoring from 3.12 on, sys.settrace before."""

from __future__ import annotations

import sys
from sys import _getframe

from ..trace import constants
from . import frames, sink
from .patching import disguise, hide
from .threads import Begun
from .variable_points import Point, Sources, note, points_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

# 0, 1, 2 and 5 have names in the documentation: debuggers, coverage, profilers, optimizers.
_TOOL = 4
_OTHERS_TRACE = "The program uses sys.settrace itself: from here on no variables are watched, no data race is found."
_NO_TOOL = "Another tool watches this program's instructions: no variables are watched, no data race is found."


class _Watch:
    """What is watched in this process."""

    def __init__(self) -> None:
        self.is_on = False
        self.sources = Sources()
        # id of a code object -> it (so that no other gets its id), its file, and its points
        self.codes: dict[int, tuple[CodeType, int, dict[int, Point]]] = {}
        # What to do at a point, and which further ones there are; step mode has its own.
        self.note: Callable[[Point, FrameType, int], None] = note
        self.refine: Callable[[CodeType, dict[int, Point]], dict[int, Point]] | None = None

    def begin(self, code: CodeType, frame: FrameType) -> dict[int, Point]:
        """Return the points of code that begins to run; {}: nothing in it is to be watched."""
        known = self.codes.get(id(code))
        if known is not None:
            return known[2]
        file = frames.index_of(code.co_filename)
        if not file:
            return {}
        attributes = len(self.sources.attributes)
        points = points_of(code, frame.f_globals, self.sources)
        if self.refine is not None:
            points = self.refine(code, points)
        if len(self.sources.attributes) > attributes and self.codes:
            # Other files' reads of these attributes have not counted so far.
            self.codes.clear()
            if sys.version_info >= (3, 12):
                sys.monitoring.restart_events()
        self.codes[id(code)] = (code, file, points)
        return points

    def begin_process(self) -> None:
        """Find all variables anew: in a forked process they are others."""
        for _, _, points in self.codes.values():
            for point in points.values():
                point.forget()
        if self.is_on:
            sink.emit(constants.VARIABLE_WATCHED)

    def stop(self) -> None:
        """Watch nothing from here on."""
        if self.is_on:
            self.is_on = False
            if sys.version_info >= (3, 12):
                sys.monitoring.set_events(_TOOL, 0)

    def fail(self, error: BaseException) -> None:
        """Stop after a mistake of ours; at the end of the program's stack it is none."""
        if not isinstance(error, RecursionError):
            sink.failed("watching", error)
            self.stop()


watch = _Watch()


def begin() -> None:
    """Begin to watch."""
    watch.is_on = _begin_monitoring() if sys.version_info >= (3, 12) else _begin_tracing()
    if watch.is_on:
        sink.emit(constants.VARIABLE_WATCHED)
    else:
        _warn(_NO_TOOL)


def _warn(text: str) -> None:
    sink.emit_text(constants.WARNING_RAISED, sink.state.base, f"races-off\0{text}")


# -- 3.12 and later ------------------------------------------------------------------------------------


def _begin_monitoring() -> bool:
    monitoring: Any = vars(sys)["monitoring"]
    disable = monitoring.DISABLE
    instruction = monitoring.events.INSTRUCTION
    codes = watch.codes
    codes_get = codes.get
    get_frame = _getframe
    tell = watch.note

    def on_start(code: CodeType, offset: int) -> Any:
        try:
            if watch.is_on and watch.begin(code, get_frame(1)):
                monitoring.set_local_events(_TOOL, code, instruction)
        except Exception as error:
            watch.fail(error)
        return disable

    def on_instruction(code: CodeType, offset: int) -> Any:
        try:
            known = codes_get(id(code))
            if known is None or not watch.is_on:
                return disable
            point = known[2].get(offset)
            if point is None:
                return disable
            tell(point, get_frame(1), known[1])
        except Exception as error:
            if _is_theirs(error):
                hide(error)
                raise
            watch.fail(error)
        except BaseException as error:
            # A signal handler's, such as Ctrl-C: it goes to the program as if we were not there.
            hide(error)
            raise
        return None

    try:
        monitoring.use_tool_id(_TOOL, "concurrency_lab")
    except ValueError:
        return False
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, on_start)
    monitoring.register_callback(_TOOL, instruction, on_instruction)
    monitoring.set_events(_TOOL, monitoring.events.PY_START)
    return True


def _is_theirs(error: BaseException) -> bool:
    """Return whether code of the user's raised it: a signal handler may run at any of our lines."""
    trace = error.__traceback__
    while trace is not None:
        if frames.index_of(trace.tb_frame.f_code.co_filename):
            return True
        trace = trace.tb_next
    return False


# -- 3.11 ----------------------------------------------------------------------------------------------


def _begin_tracing() -> bool:
    codes_get = watch.codes.get
    set_trace, get_trace = sys.settrace, sys.gettrace
    tell = watch.note

    def on_call(frame: FrameType, event: str, arg: Any) -> Any:
        try:
            if not watch.is_on or not watch.begin(frame.f_code, frame):
                return None
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            return on_opcode
        except Exception as error:
            watch.fail(error)
        return None

    def on_opcode(frame: FrameType, event: str, arg: Any) -> Any:
        if event != "opcode":
            return on_opcode
        try:
            if not watch.is_on:
                # It costs no more from here on; unless the program has a tracer of its own by now.
                if get_trace() is on_call:
                    set_trace(None)
                return None
            known = codes_get(id(frame.f_code))
            point = None if known is None else known[2].get(frame.f_lasti)
            if point is not None and known is not None:
                tell(point, frame, known[1])
        except Exception as error:
            if _is_theirs(error):
                hide(error)
                raise
            watch.fail(error)
        except BaseException as error:
            hide(error)
            raise
        return on_opcode

    def settrace(function: Any, /) -> None:
        if watch.is_on and function is not None:
            watch.stop()
            _warn(_OTHERS_TRACE)
            _leave_alone(_getframe(1))
        if function is not None or get_trace() is not on_call:
            set_trace(function)

    def gettrace() -> Any:
        function = get_trace()
        return None if function is on_call else function

    def begin_thread() -> None:
        if watch.is_on:
            set_trace(on_call)

    theirs: Any = sys
    theirs.settrace = disguise(settrace, set_trace)
    theirs.gettrace = disguise(gettrace, get_trace)
    Begun.hooks.append(begin_thread)
    set_trace(on_call)
    return True


def _leave_alone(frame: FrameType | None) -> None:
    """Let the program's own tracer see the lines of code that runs already."""
    while frame is not None:
        if frame.f_trace_opcodes:
            frame.f_trace_opcodes = False
            frame.f_trace_lines = True
        frame = frame.f_back
