"""Which source line of the user's did it: user files, the nearest user frame, the name of a variable."""

from __future__ import annotations

import posixpath
from sys import _getframe

from ..trace import constants
from . import naming, sink
from .accelerator import fast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    Where = tuple[int, int]

# co_filename -> index in this process's file table; 0: not the user's
_files: dict[str, int] = {}


class _Boundary:
    """The code that begins a forked process; below it on the stack is the parent's past."""

    code: CodeType | None = None

    def mark(self, function: Any) -> None:
        """Make this function's code the boundary."""
        self.code = function.__code__


boundary = _Boundary()
if fast is not None:
    fast.connect_frames(_files, boundary)
# As the module types gets them, whose import would cost half a millisecond.
_FUNCTION: Any = type(posixpath.join)
_METHOD: Any = type(boundary.mark)
# The program itself, which is the user's wherever it lies.
_program: list[str] = []
_roots: list[str] = []
_not_user: list[str] = []
# patterns of whole paths: what is the user's beyond the folders, and what is not
_include: list[str] = []
_exclude: list[str] = []


def set_roots(program: str, roots: str, home: str) -> None:
    """Say which file is the program, and which folders hold the user's files; `home`: our package."""
    _program[:] = [program]
    _roots[:] = [posixpath.join(root, "") for root in roots.split(":") if root]
    library = posixpath.join(posixpath.dirname(posixpath.__file__), "")
    _not_user[:] = [library, posixpath.join(home, "probes", ""), posixpath.join(home, "trace", "")]


def set_globs(include: str, exclude: str) -> None:
    """Say which files are the user's beyond the folders, and which are not; one pattern a line."""
    _include[:] = include.split("\n") if include else []
    _exclude[:] = exclude.split("\n") if exclude else []


def _matches(path: str, globs: list[str]) -> bool:
    if not globs:
        return False
    # Imported only for programs that are traced with patterns.
    from fnmatch import fnmatchcase

    return any(fnmatchcase(path, glob) for glob in globs)


def _register(filename: str) -> int:
    index = 0
    if not filename.startswith("<"):
        try:
            paths = {posixpath.abspath(filename), posixpath.realpath(filename)}
        except OSError:
            # The working directory is gone.
            paths = {filename}
        if any(_is_user(path) for path in paths):
            index = 1 + sum(map(bool, _files.values()))
    if index > 0xFFFF:
        index = 0
    _files[filename] = index
    if index:
        sink.emit_text(constants.FILE_NAMED, index, filename)
    return index


def _is_user(path: str) -> bool:
    if _matches(path, _exclude):
        return False
    if path in _program:
        return True
    if _matches(path, _include):
        return not any(path.startswith(root) for root in _not_user[1:])
    if "/site-packages/" in path or "/dist-packages/" in path:
        return False
    return any(path.startswith(root) for root in _roots) and not any(path.startswith(root) for root in _not_user)


def tell_all() -> None:
    """Write the whole file table: after a fork, and when events were dropped."""
    for filename, index in list(_files.items()):
        if index:
            sink.emit_text(constants.FILE_NAMED, index, filename)


def index_of(filename: str) -> int:
    """Return the file's index; 0 if it is not the user's."""
    index = _files.get(filename)
    return _register(filename) if index is None else index


def name_of(index: int) -> str:
    """Return the file of this index."""
    return next((filename for filename, number in list(_files.items()) if number == index), "")


def user_frame(frame: FrameType | None) -> FrameType | None:
    """Return the nearest frame, from this one outwards, that runs a line of the user's."""
    files = _files
    while frame is not None:
        filename = frame.f_code.co_filename
        index = files.get(filename)
        if index is None:
            index = _register(filename)
        if index:
            return frame
        if frame.f_code is boundary.code:
            return None
        frame = frame.f_back
    return None


def where(frame: FrameType | None) -> Where:
    """Return line and file index of the nearest user frame; (0, 0) if there is none."""
    found = user_frame(frame)
    if found is None:
        return 0, 0
    return found.f_lineno or 0, _files[found.f_code.co_filename]


def code_of(function: Any) -> CodeType | None:
    """Return the code of a Python function or method. Anything else is not asked: it might answer."""
    if type(function) is _METHOD:
        function = function.__func__
    return function.__code__ if type(function) is _FUNCTION else None


def of_function(function: Any) -> Where:
    """Return where a function of the user's is defined; (0, 0) for any other."""
    code = code_of(function)
    if code is None or not index_of(code.co_filename):
        return 0, 0
    return code.co_firstlineno, index_of(code.co_filename)


def creator(frame: FrameType | None, passing: tuple[str, ...] = ()) -> FrameType | None:
    """Return the frame if user code itself is calling, None if a library makes the thing for its own use.

    `passing`: library files to look through, such as multiprocessing's context for `multiprocessing.Lock()`.
    """
    while frame is not None:
        filename = frame.f_code.co_filename
        if index_of(filename):
            return frame
        if not _is_made(filename) and not filename.endswith(passing):
            return None
        frame = frame.f_back
    return None


def _is_made(filename: str) -> bool:
    """Return whether this is code made by exec, such as a dataclass's __init__: it acts for whoever called it."""
    return filename.startswith("<") and not filename.startswith("<frozen")


# -- the variable that a new object is bound to --------------------------------------------------------


def variable(frame: FrameType | None, entered: bool = False) -> str:
    """Return what the call that runs in this frame is assigned to, e.g. `lock` or `self.cond`; "" if unclear.

    `entered`: entering it gives itself, so `with Pool() as pool` names it, too.
    """
    if frame is None:
        return ""
    try:
        inner = _getframe()
        while inner.f_back is not None and inner.f_back is not frame:
            inner = inner.f_back
        name = naming.after(frame, entered)
        if not _is_made(inner.f_code.co_filename):
            return name
        # A dataclass's __init__ makes an attribute of the object that is being made here.
        attribute = naming.after(inner, entered)
        if inner.f_code.co_name != "__init__" or not attribute.startswith("self."):
            return ""
        return f"{name or 'self'}{attribute.removeprefix('self')}"
    except Exception as error:
        sink.failed("frames.variable", error)
        return ""
