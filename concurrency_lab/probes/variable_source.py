"""What the text of a source file says of its variables: which can change while threads run, and what names them.

Works on the tree that `compile` gives, without the module ast, whose import would cost the program milliseconds.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    # line, column, last line, column behind it
    Place = tuple[int, int, int, int]

_ONLY_TREE = 0x400
_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef", "Lambda")
_LOOPS = ("For", "AsyncFor", "While")
_MAKERS = ("__init__", "__new__", "__post_init__")


class _Scope:
    """Where a node stands; copied with changes on the way down."""

    __slots__ = ("function", "held_tests", "is_loop", "is_maker", "is_module", "is_with")

    def __init__(self) -> None:
        # The function's node; None outside of any.
        self.function: Any = None
        self.is_module = True
        self.is_maker = False
        self.is_loop = False
        # within a with statement of this function
        self.is_with = False
        # names that if statements within that with statement have looked at
        self.held_tests: frozenset[str] = frozenset()

    def inner(self, **changes: Any) -> _Scope:
        scope = _Scope()
        for name in _Scope.__slots__:
            setattr(scope, name, changes.get(name, getattr(self, name)))
        return scope


class Source:
    """One file. `names`: globals that are bound more than once; `attributes`: set elsewhere than in constructors."""

    def __init__(self, text: bytes, filename: str) -> None:
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.has_items = False
        # place -> attribute or subscript node
        self.nodes: dict[Place, Any] = {}
        # places where a variable that is tested again under a lock is read without it
        self.first_looks: set[Place] = set()
        self._bound: dict[str, int] = {}
        self._looks: list[tuple[str, Place]] = []
        self._tested: set[tuple[Any, str]] = set()
        self._tested_again: set[tuple[Any, str]] = set()
        tree = compile(text, filename, "exec", _ONLY_TREE, True)
        # A list instead of recursion: a long sum is a deep tree.
        waiting = [(tree, _Scope())]
        while waiting:
            node, scope = waiting.pop()
            waiting += self._visit(node, scope)
        self.names.update(name for name, count in self._bound.items() if count > 1)
        checked = {name for function, name in self._tested & self._tested_again}
        self.first_looks = {place for name, place in self._looks if name in checked}

    def _visit(self, node: Any, scope: _Scope) -> list[tuple[Any, _Scope]]:
        kind = type(node).__name__
        if kind in _FUNCTIONS:
            is_maker = getattr(node, "name", "") in _MAKERS
            scope = scope.inner(
                function=node, is_module=False, is_maker=is_maker, is_loop=False, is_with=False, held_tests=frozenset()
            )
        elif kind == "ClassDef":
            scope = scope.inner(is_module=False)
        elif kind in _LOOPS:
            scope = scope.inner(is_loop=True)
        elif kind in ("With", "AsyncWith"):
            scope = scope.inner(is_with=True)
        elif kind == "Global":
            self.names.update(node.names)
        elif kind == "If":
            scope = self._test(node, scope)
        elif kind == "AugAssign" and scope.is_module and type(node.target).__name__ == "Name":
            # It is read, too, and changed: not its first binding.
            self._bound[node.target.id] = self._bound.get(node.target.id, 0) + 1
        elif kind in ("Name", "Attribute", "Subscript"):
            self._use(kind, node, scope)
        return [(child, scope) for child in _children(node)]

    def _test(self, node: Any, scope: _Scope) -> _Scope:
        names = _names_in(node.test)
        if scope.is_with:
            return scope.inner(held_tests=scope.held_tests | names)
        self._tested.update((scope.function, name) for name in names)
        return scope

    def _use(self, kind: str, node: Any, scope: _Scope) -> None:
        is_load = type(node.ctx).__name__ == "Load"
        place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        name = node.id if kind == "Name" else node.attr if kind == "Attribute" else ""
        if kind != "Name":
            self.nodes[place] = node
        if is_load:
            if name and not scope.is_with:
                self._looks.append((name, place))
            return
        if name in scope.held_tests:
            self._tested_again.add((scope.function, name))
        if kind == "Subscript":
            self.has_items = True
        elif kind == "Attribute":
            if not (scope.is_maker and type(node.value).__name__ == "Name"):
                self.attributes.add(name)
        elif scope.is_module:
            self._bound[name] = self._bound.get(name, 0) + (2 if scope.is_loop else 1)


def _children(node: Any) -> list[Any]:
    found = []
    for field in node._fields:
        value = getattr(node, field, None)
        if type(value) is list:
            found += [item for item in value if hasattr(item, "_fields")]
        elif hasattr(value, "_fields"):
            found.append(value)
    return found


def _names_in(tree: Any) -> frozenset[str]:
    names = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        kind = type(node).__name__
        if kind == "Name":
            names.add(node.id)
        elif kind == "Attribute":
            names.add(node.attr)
        waiting += _children(node)
    return frozenset(names)
