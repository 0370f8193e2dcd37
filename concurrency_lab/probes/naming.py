"""The variable that a new object is about to be bound to, read from the code behind the call that makes it.

A name is never guessed: what the few instructions known here do not tell has none.
"""

from __future__ import annotations

from sys import version_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

# How far behind a call its result is followed.
_FARTHEST = 400
# The place in a list that a comprehension or append() is about to fill: known once the list is there.
SOMEWHERE = "[*]"

_NAMES = {"LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FAST_CHECK", "LOAD_FROM_DICT_OR_DEREF"}
_SKIPPED = {"CACHE", "EXTENDED_ARG", "NOP", "PRECALL", "KW_NAMES", "COPY_FREE_VARS", "END_FOR"}
_ops: dict[int, str] = {}


class Unplaced(str):
    """No name yet: an element of the list `target`, which is still being made."""

    __slots__ = ("target",)
    target: str


class _Ours:
    """The new object, or what it is a part of; `path` leads from there to it."""

    def __init__(self, path: str = "", size: int = -1, index: int = 0) -> None:
        self.path = path
        # of a tuple that has just been built: how many elements, which of them it is
        self.size = size
        self.index = index


class _Const:
    def __init__(self, value: Any) -> None:
        self.value = value


class _Lost(Exception):
    """It cannot be told."""


def ops() -> dict[int, str]:
    """Return number -> name of this Python's instructions."""
    if not _ops:
        from opcode import opmap

        _ops.update((number, name) for name, number in opmap.items())
    return _ops


def local(code: Any, number: int) -> str:
    """Return the name of a local variable."""
    return str(code._varname_from_oparg(number))


def after(frame: FrameType, entered: bool) -> str:
    """Return what the call that runs in this frame is assigned to; "" if unclear. See frames.variable."""
    walk = _Walk(frame.f_code, frame.f_lasti, entered)
    found = ""
    try:
        found = walk.run()
        while walk.returned is not None and frame.f_code.co_name == "<listcomp>" and frame.f_back is not None:
            # Up to 3.11 a comprehension is a function of its own.
            frame = frame.f_back
            walk = _Walk(frame.f_code, frame.f_lasti, entered, walk.returned)
            found = walk.run()
    except (_Lost, IndexError):
        return ""
    if SOMEWHERE not in found:
        return found
    unplaced = Unplaced()
    unplaced.target = found
    return unplaced


class _Walk:
    """Follows the result of one call until it is stored."""

    def __init__(self, code: CodeType, at: int, entered: bool, ours: _Ours | None = None) -> None:
        self.code = code
        self.words = code.co_code
        # Up to 3.11 two instructions make a call.
        while self._name(at) == "PRECALL":
            at = self._next(at)
        self.at = at
        self.entered = entered
        # What lies on the stack from our object upwards; None: something else, whatever it is.
        self.stack: list[Any] = [ours or _Ours()]
        self.returned: _Ours | None = None

    def run(self) -> str:
        """Return the name; "" if it has none or it is what the function returns (`returned`)."""
        at, high, last = self.at, 0, self.at + _FARTHEST
        while at + 2 < min(last, len(self.words)):
            at += 2
            name = self._name(at)
            number = self.words[at + 1] | high
            high = number << 8 if name == "EXTENDED_ARG" else 0
            if name in _SKIPPED or (self.entered and name == "BEFORE_WITH"):
                continue
            if name == "RETURN_VALUE" and isinstance(self.stack[-1], _Ours):
                self.returned = self.stack[-1]
                return ""
            if name == "JUMP_FORWARD":
                at += 2 * number
            elif name in ("LIST_APPEND", "CALL") and self.stack[-1:] == [self.ours()]:
                if name == "CALL":
                    return self._appended(number)
                at = self._behind_loop(at)
            elif name.startswith("STORE_"):
                found = self._store(name, number)
                if found:
                    return found
            else:
                self._step(name, number)
            if self.ours() is None:
                return ""
        return ""

    def ours(self) -> Any:
        """Return our object as it is on the stack."""
        return next((value for value in self.stack if isinstance(value, _Ours)), None)

    def _pop(self, count: int) -> list[Any]:
        """Take values off; ours must not be one of them."""
        if not count:
            return []
        taken = self.stack[-count:]
        if len(taken) < count or any(isinstance(value, _Ours) for value in taken):
            raise _Lost
        del self.stack[-count:]
        return taken

    # -- stores --------------------------------------------------------------------------------------

    def _store(self, name: str, number: int) -> str:
        code = self.code
        if name in ("STORE_NAME", "STORE_GLOBAL"):
            return self._bind(code.co_names[number])
        if name in ("STORE_FAST", "STORE_DEREF"):
            return self._bind(local(code, number))
        if name in ("STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST"):
            found = self._bind(local(code, number >> 4))
            if name == "STORE_FAST_LOAD_FAST":
                self.stack.append(local(code, number & 15))
                return found
            return found or self._bind(local(code, number & 15))
        if name == "STORE_ATTR":
            (owner,) = self._pop(1)
            return self._bind(f"{owner}.{code.co_names[number]}" if isinstance(owner, str) else "")
        if name == "STORE_SUBSCR":
            owner, key = self._pop(2)
            is_clear = isinstance(owner, str) and isinstance(key, _Const) and type(key.value) in (str, int)
            return self._bind(f"{owner}[{key.value!r}]" if is_clear else "")
        raise _Lost

    def _bind(self, name: str) -> str:
        value = self.stack.pop()
        if not isinstance(value, _Ours):
            return ""
        if not name:
            raise _Lost
        return name + value.path

    # -- everything else -----------------------------------------------------------------------------

    def _step(self, name: str, number: int) -> None:
        code, stack = self.code, self.stack
        if name == "LOAD_CONST":
            stack.append(_Const(code.co_consts[number]))
        elif name in _NAMES:
            is_local = name in ("LOAD_FAST", "LOAD_DEREF", "LOAD_FAST_CHECK", "LOAD_CLASSDEREF")
            stack.append(local(code, number) if is_local or "DEREF" in name else code.co_names[number])
        elif name == "LOAD_FAST_LOAD_FAST":
            stack += [local(code, number >> 4), local(code, number & 15)]
        elif name == "LOAD_GLOBAL":
            stack += [None] * (number & 1) + [code.co_names[number >> 1]]
        elif name == "PUSH_NULL":
            stack.append(None)
        elif name in ("LOAD_ATTR", "LOAD_METHOD"):
            self._attribute(name, number)
        elif name == "COPY":
            stack.append(stack[-number] if number <= len(stack) else None)
        elif name == "SWAP":
            # What lies below our object, nobody has told.
            stack[:0] = [None] * (number - len(stack))
            stack[-1], stack[-number] = stack[-number], stack[-1]
        elif name == "POP_TOP":
            stack.pop()
        elif name in ("CALL", "CALL_KW"):
            self._pop(number + 2 + (name == "CALL_KW"))
            stack.append(None)
        elif name in ("BINARY_OP", "BINARY_SUBSCR"):
            self._pop(2)
            stack.append(None)
        elif name in ("BUILD_LIST", "BUILD_TUPLE", "BUILD_CONST_KEY_MAP"):
            self._build(name, number)
        elif name == "UNPACK_SEQUENCE":
            self._unpack(number)
        else:
            raise _Lost

    def _attribute(self, name: str, number: int) -> None:
        (owner,) = self._pop(1)
        is_flagged = version_info >= (3, 12)
        attribute = self.code.co_names[number >> 1 if is_flagged else number]
        self.stack.append(f"{owner}.{attribute}" if isinstance(owner, str) else None)
        if name == "LOAD_METHOD" or (is_flagged and number & 1):
            self.stack.append(None)

    def _build(self, name: str, count: int) -> None:
        keys: Any = None
        if name == "BUILD_CONST_KEY_MAP":
            (const,) = self._pop(1)
            keys = const.value
        place = next(n for n, value in enumerate(reversed(self.stack), 1) if isinstance(value, _Ours))
        if count < place:
            self._pop(count)
            self.stack.append(None)
            return
        index = count - place
        ours = self.stack[-place]
        # Elements before ours lie below it, where this stack does not reach.
        del self.stack[-min(count, len(self.stack)) :]
        path = f"[{index if keys is None else keys[index]!r}]"
        self.stack.append(_Ours(path + ours.path, count if name == "BUILD_TUPLE" else -1, index))

    def _unpack(self, count: int) -> None:
        ours = self.stack.pop()
        if not isinstance(ours, _Ours) or ours.size != count:
            raise _Lost
        parts: list[Any] = [None] * count
        parts[ours.index] = _Ours(ours.path.partition("]")[2])
        self.stack += reversed(parts)

    def _behind_loop(self, at: int) -> int:
        """Go on behind the comprehension that has just been given our object; return where that is."""
        ours = self.ours()
        at = self._next(at)
        head = self._next(at) - 2 * self.words[at + 1]
        if self._name(at) != "JUMP_BACKWARD" or self._name(head) != "FOR_ITER":
            raise _Lost
        at = self._next(head) + 2 * self.words[head + 1] - 2
        while self._name(at + 2) == "END_FOR" or (self._name(at) == "END_FOR" and self._name(at + 2) == "POP_TOP"):
            at += 2
        # Below it lie the variables that the comprehension put aside.
        self.stack = [None] * 8 + [_Ours(SOMEWHERE + ours.path)]
        return at

    def _name(self, at: int) -> str:
        return ops().get(self.words[at], "")

    def _next(self, at: int) -> int:
        """Return where the instruction after this one is."""
        at += 2
        while self._name(at) == "CACHE":
            at += 2
        return at

    def _back(self, at: int) -> int:
        """Return where the instruction before this one is."""
        at -= 2
        while at >= 0 and self._name(at) == "CACHE":
            at -= 2
        if at < 0 or self._name(at) == "EXTENDED_ARG" or (at >= 2 and self._name(at - 2) == "EXTENDED_ARG"):
            raise _Lost
        return at

    def _appended(self, count: int) -> str:
        """Return the name of the list whose append() our object is handed to."""
        from _opcode import stack_effect  # type: ignore[import-not-found]
        from opcode import HAVE_ARGUMENT

        at, height = self.at + 2, 0
        while height != 1:
            at = self._back(at)
            op, number = self.words[at], self.words[at + 1]
            if "JUMP" in self._name(at):
                raise _Lost
            height += stack_effect(op, number if op >= HAVE_ARGUMENT else None)
        words = []
        while self._name(at := self._back(at)) in ("LOAD_ATTR", "LOAD_METHOD"):
            is_flagged = version_info >= (3, 12)
            words.append(self.code.co_names[self.words[at + 1] >> 1 if is_flagged else self.words[at + 1]])
        if count != 1 or words[:1] != ["append"] or self._name(at) not in (*_NAMES, "LOAD_GLOBAL"):
            raise _Lost
        self.stack = []
        self._step(self._name(at), self.words[at + 1])
        owner = next(value for value in self.stack if value is not None)
        return ".".join([owner, *reversed(words[1:])]) + SOMEWHERE


# -- lists whose elements can be told apart only once they are there ---------------------------------------

# id of the resource -> (its tag if it has one, the list's name)
_waiting: dict[int, tuple[Any, str]] = {}
_MOST_WAITING = 10_000
_LONGEST = 10_000


def note(name: str, obj: int, tag: Any = None) -> None:
    """Keep in mind a resource whose name is not known yet."""
    if type(name) is Unplaced and name.target.count("[") == 1 and len(_waiting) < _MOST_WAITING:
        _waiting[obj] = (tag, name.target)


def forget() -> None:
    """In the child of a fork: the parent tells."""
    _waiting.clear()


def place(attribute: str) -> list[tuple[int, Any, str]]:
    """Return the resources whose place is now known: id, tag, name. `attribute`: where things keep their id."""
    if not _waiting:
        return []
    import gc

    found: dict[int, set[str]] = {}
    for holder in [it for it in gc.get_objects() if type(it) is list and 0 < len(it) < _LONGEST]:
        for index, thing in enumerate(holder):
            obj = _id_of(thing, attribute)
            if obj in _waiting:
                _, target = _waiting[obj]
                found.setdefault(obj, set()).add(target.replace(SOMEWHERE, f"[{index}]"))
            elif obj == 0:
                # A list of other things; mixed ones are rare.
                break
    waiting = dict(_waiting)
    _waiting.clear()
    # In two places at once: which of them is meant is not known.
    return [(obj, waiting[obj][0], names.pop()) for obj, names in found.items() if len(names) == 1]


def _id_of(thing: Any, attribute: str) -> int:
    """Return a resource's id; 0 if it is none. The program's own things are not asked."""
    kind = type(thing)
    if kind.__module__.partition(".")[0] not in ("_thread", "threading", "queue", "multiprocessing", "asyncio"):
        return 0
    tag = getattr(thing, "_tag", None) or getattr(thing, "__dict__", {}).get(attribute)
    if type(tag) is tuple:
        # A queue's, with its items.
        tag = tag[0]
    return tag if type(tag) is int else int(getattr(tag, "id", 0))
