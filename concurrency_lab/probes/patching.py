"""Puts a wrapper in place of a function so that the program can hardly tell, and patches modules when they come."""

from __future__ import annotations

import posixpath
import sys

from . import frames, sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_MISSING = object()
_LIBRARY = posixpath.join(posixpath.dirname(posixpath.__file__), "")
_COPIED = ("__module__", "__name__", "__qualname__", "__doc__", "__text_signature__")


_Builtin: Any = type(len)


class StandIn:
    """Base of what stands for a function written in C: as a class's attribute it takes no `self`.

    Each has a class of its own with `__call__`, so that a call costs no frame more than a function's.
    """

    __wrapped__: Any
    __qualname__: str

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> str:
        return self.__qualname__

    __class__ = property(lambda self: _Builtin)


def disguise(wrapper: Any, original: Any) -> Any:
    """Return the wrapper with the original's names and signature: picklable by reference, which spawn needs."""
    if type(original) is _Builtin:
        names = {"__call__": staticmethod(wrapper), "__module__": "builtins"}
        wrapper = type(_Builtin.__name__, (StandIn,), names)()
    for name in _COPIED:
        value = getattr(original, name, _MISSING)
        if value is not _MISSING:
            try:
                setattr(wrapper, name, value)
            except (AttributeError, TypeError):
                continue
    wrapper.__wrapped__ = original
    return wrapper


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Put `make(original)` in place of a function or method; a missing one is left missing."""
    original = vars(owner).get(name)
    if original is None:
        return
    is_static = isinstance(original, staticmethod)
    if is_static:
        original = original.__func__
    wrapper = disguise(make(original), original)
    setattr(owner, name, staticmethod(wrapper) if is_static else wrapper)


def constructor(adopt: Callable[[Any, Any], object], passing: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """Return a maker of constructors that call `adopt(thing, frame)` once user code at `frame` has made one.

    What a library makes for its own use stays silent. `passing`: see frames.creator.
    """
    told = quiet(adopt)

    def make(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            frame = frames.creator(sys._getframe().f_back, passing)
            if frame is not None:
                told(self, frame)

        return __init__

    return make


def hide(error: BaseException) -> None:
    """Take our frames off the front of a traceback on its way: `raise` without a value does not put them back."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__package__") == __package__:
        trace = trace.tb_next
    error.__traceback__ = trace


_function: Any = type(disguise)
_call: Any = (lambda function: function()).__code__


def call_as(frame: Any, function: Callable[[], Any]) -> Any:
    """Call a C function that may warn; the warning names the line of `frame`, as it would without us."""
    if frame is None:
        return function()
    theirs = frame.f_globals
    registry = "__warningregistry__"
    names = {name: theirs[name] for name in ("__name__", "__builtins__", registry) if name in theirs}
    names["__package__"] = __package__
    code = _call.replace(co_filename=frame.f_code.co_filename, co_firstlineno=frame.f_lineno or 0)
    try:
        return _function(code, names)(function)
    finally:
        if registry in names:
            theirs.setdefault(registry, names[registry])


def is_ours(error: BaseException) -> bool:
    """Return whether the error is our mistake, not that of a signal handler of the user's that ran within."""
    trace = error.__traceback__
    while trace is not None:
        if frames.index_of(trace.tb_frame.f_code.co_filename):
            return False
        trace = trace.tb_next
    return True


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of ours that never fails: its own mistakes are counted and it returns None."""

    def guarded(*args: Any) -> Any:
        try:
            return function(*args)
        except Exception as error:
            if not is_ours(error):
                raise
            sink.failed(function.__qualname__, error)
            return None

    return guarded


# -- modules that are patched when the program imports them --------------------------------------------


class _Finder:
    """Stands first on sys.meta_path; lets the others find, then patches what was loaded."""

    def __init__(self, patches: dict[str, Callable[[Any], None]]) -> None:
        self._patches = patches

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        patch = self._patches.get(name)
        if patch is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if _is_standard(spec):
                    self._attach(spec, patch)
                return spec
        return None

    def _attach(self, spec: Any, patch: Callable[[Any], None]) -> None:
        loader = spec.loader
        if loader is None or isinstance(loader, type):
            return
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module
            try:
                load(module)
            except BaseException as error:
                hide(error)
                raise
            patch(module)

        loader.exec_module = exec_module


def _is_standard(spec: Any) -> bool:
    """Return whether this is the standard library's module, not one of the user's that is called so, too."""
    return not spec.has_location or spec.origin.startswith(_LIBRARY)


def _with_bytecode(patch: Callable[[Any], None]) -> Callable[[Any], None]:
    """Let a family's file be compiled once and for all, also where the program's own are not to be."""

    def patching(module: Any) -> None:
        former = sys.dont_write_bytecode
        sys.dont_write_bytecode = False
        try:
            patch(module)
        finally:
            sys.dont_write_bytecode = former

    return patching


def patch_lazily(patches: dict[str, Callable[[Any], None]]) -> None:
    """Patch these modules: now if they are loaded, else right after their import."""
    guarded = {name: quiet(_with_bytecode(patch)) for name, patch in patches.items()}
    for name, patch in guarded.items():
        module = sys.modules.get(name)
        if module is not None:
            patch(module)
    sys.meta_path.insert(0, _Finder(guarded))
