"""A program's source as text: finds the literals of its constants, and puts other values in their place."""

import ast
import functools
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

_KEPT_SOURCES = 1024


class SourceError(ValueError):
    """A constant that cannot be replaced; the text says which and why."""


class Literal(NamedTuple):
    """A literal in a source: its value, and its place in the source's UTF-8 bytes."""

    value: Any
    start: int
    end: int


# The catalogue's page shows all programs: without this it took 0.55 s, in which the server did nothing else.
@functools.lru_cache(_KEPT_SOURCES)
def constants(source: str) -> Mapping[str, Literal]:
    """Return the module's constants: names that are assigned once, at the top level, to a literal.

    Raises SyntaxError for a source that is not Python.
    """
    tree = ast.parse(source)
    line_starts = [0]
    for line in source.encode().splitlines(keepends=True):
        line_starts.append(line_starts[-1] + len(line))
    found: dict[str, Literal] = {}
    for node in tree.body:
        name, value = _assignment(node)
        if name is None or value is None or _stores(tree, name) != 1:
            continue
        try:
            literal = ast.literal_eval(value)
        except ValueError:
            continue
        assert value.end_lineno is not None
        assert value.end_col_offset is not None
        # Python counts columns in UTF-8 bytes.
        start = line_starts[value.lineno - 1] + value.col_offset
        found[name] = Literal(literal, start, line_starts[value.end_lineno - 1] + value.end_col_offset)
    return MappingProxyType(found)


def _assignment(node: ast.stmt) -> tuple[str | None, ast.expr | None]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return None, None


def _stores(tree: ast.AST, name: str) -> int:
    """Count how often the name is bound anywhere: what is bound again is no constant."""
    return sum(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in ast.walk(tree)
    )


def replace(source: str, values: Mapping[str, Any]) -> str:
    """Return the source with these constants' literals replaced; every other byte stays as it is.

    A constant that has the value already keeps its literal as it is written. Raises SourceError.
    """
    found = constants(source)
    data = source.encode()
    changes = []
    for name, value in values.items():
        if name not in found:
            raise SourceError(f"{name} is not a constant at the top of the program.")
        literal = found[name]
        if type(literal.value) is not type(value) or literal.value != value:
            changes.append((literal.start, literal.end, _written(value).encode()))
    for start, end, text in sorted(changes, reverse=True):
        data = data[:start] + text + data[end:]
    return data.decode()


def _written(value: Any) -> str:
    # JSON's strings are Python's, with the double quotes that the programs use.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
