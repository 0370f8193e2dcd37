"""Imports run one way (docs/architecture.md): read from the sources, so that no import can hide from it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "concurrency_lab"
SCRIPTS = ROOT / "static/js"

# room -> the rooms it may import, besides itself. "" is concurrency_lab/__init__.py, which imports nothing at once.
MAY_IMPORT = {
    "": {"notebook"},
    "trace": set(),
    "probes": {"trace.constants"},
    "supervisor": {"", "trace"},
    "lessons": {"trace"},
    "store": {"trace"},
    "export": {"trace"},
    "web": {"", "trace", "supervisor", "lessons.catalogue", "store", "export"},
    "doctor": {"supervisor"},
    "record": {"trace"},
    "cli": {"", "trace", "supervisor", "record", "lessons.catalogue", "store", "export", "web", "doctor"},
    "pytest_plugin": {"trace", "supervisor", "record"},
    "pytest_child": set(),
    "notebook": {"trace", "supervisor", "record", "export"},
    "__main__": {"cli"},
}
# Rooms that a traced program loads, or that must be understood without any library.
STANDARD_LIBRARY_ONLY = ("", "trace", "probes", "supervisor", "lessons")
# A library that one module may use where it is there, and does without where it is not.
OPTIONAL = {"trace.lines": "orjson"}
# The hook that the interpreter looks for: ours hands over to the one that it stands before.
STANDARD_LIBRARY = sys.stdlib_module_names | {"sitecustomize"}

SCRIPTS_MAY_IMPORT = {
    "lib": set(),
    "trace": {"lib"},
    "timeline": {"lib", "trace"},
    "views": {"lib", "trace", "timeline"},
    "net": {"lib", "trace"},
    "pairs.js": {"lib", "views", "net"},
    "repeats.js": {"lib", "views", "net"},
    "playground": {"lib", "views", "net"},
    "workbench.js": {"lib", "trace", "timeline", "views", "net", "pairs.js", "repeats.js", "playground"},
    "library.js": {"views", "net"},
    "file_bench.js": {"lib", "trace", "views"},
    "embed.js": {"lib", "timeline", "views"},
    "standalone.js": {"lib", "trace", "timeline", "views"},
    "picture.js": {"lib", "trace", "timeline", "views"},
    "main.js": {"lib", "trace", "timeline", "views", "net", "workbench.js", "embed.js", "library.js", "file_bench.js"},
}
_EDITOR = {f"@codemirror/{part}" for part in ("commands", "lang-python", "language", "lint", "state", "view")}
SCRIPTS_PACKAGES = {"net": {"socket.io-client"}, "playground": {*_EDITOR, "@lezer/highlight"}}


def room_of(module: str) -> str:
    """Return the room of a dotted name inside our package: `trace` of `trace.kinds`."""
    return module.partition(".")[0]


def modules() -> Iterator[tuple[str, Path]]:
    """Yield (dotted name inside the package, file) of every module; a lesson's program is none of ours."""
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        if not (name.startswith("lessons.") and file.name == "program.py"):
            yield name.removesuffix("__init__").removesuffix("."), file


def imported(file: Path, name: str) -> Iterator[str]:
    """Yield every absolute dotted name that a file imports, at whatever depth of its code."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from concurrency_lab.trace import kinds` imports a module, `from ...kinds import KINDS` a name in one.
            base = absolute(name, file, node)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def absolute(name: str, file: Path, node: ast.ImportFrom) -> str:
    """Return the module that a `from` names. The probes are loaded under another name: relative is for them only."""
    is_probe = room_of(name) == "probes"
    if node.level == 0:
        assert node.module is not None
        assert not (is_probe and node.module.startswith("concurrency_lab")), f"{file}:{node.lineno}: must be relative"
        return node.module.replace("_concurrency_lab", "concurrency_lab")
    assert is_probe, f"{file}:{node.lineno}: imports are absolute here"
    package = ["concurrency_lab", *name.split(".")]
    if file.name == "__init__.py":
        package.append("")
    parts = package[: -node.level]
    return ".".join([*parts, node.module] if node.module else parts)


def violations(name: str, imports: Iterator[str]) -> Iterator[str]:
    """Yield what a module imports and may not."""
    room = room_of(name)
    for target in imports:
        top, _, inside = target.partition(".")
        if top == "concurrency_lab":
            if room_of(inside) not in MAY_IMPORT:
                # A name of the package itself, such as __version__.
                inside = ""
            allowed = MAY_IMPORT[room] | {room}
            if not any(inside == other or (other and f"{inside}.".startswith(f"{other}.")) for other in allowed):
                yield f"concurrency_lab.{name} imports {target}"
        elif room in STANDARD_LIBRARY_ONLY and top not in STANDARD_LIBRARY and top != OPTIONAL.get(name):
            yield f"concurrency_lab.{name} imports {target}, which is not in the standard library"


@pytest.mark.parametrize(("name", "file"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_only_what_its_room_may(name: str, file: Path) -> None:
    assert room_of(name) in MAY_IMPORT, f"{name} is in no room of docs/architecture.md"
    assert list(violations(name, imported(file, name))) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("trace.fold", "import concurrency_lab.store.runs"),
        ("trace.fold", "import numpy"),
        ("trace.fold", "import orjson"),
        ("probes.sink", "from ..trace import kinds"),
        ("probes.sink", "from ..supervisor.spec import RunSpec"),
        ("probes.boot.sitecustomize", "from _concurrency_lab.trace import fold"),
        ("probes.boot.sitecustomize", "from ...store import runs"),
        ("supervisor.warden", "from concurrency_lab.probes import sink"),
        ("supervisor.warden", "import flask"),
        ("web.api", "from concurrency_lab.lessons.lesson import Lesson"),
        ("store.runs", "from concurrency_lab.web import api"),
        ("cli", "def late():\n    from concurrency_lab.probes.boot import start"),
    ],
)
def test_a_wrong_import_is_found(name: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(line)
    assert len(list(violations(name, imported(file, name)))) == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("probes.sink", "from ..trace import constants"),
        ("probes.sink", "from ..trace.constants import LOCK_CREATED"),
        ("probes.sink", "from . import frames\nfrom .patching import quiet"),
        ("probes.boot.sitecustomize", "from _concurrency_lab.probes import start"),
        ("web.api", "from concurrency_lab.lessons.catalogue import ParamError, load_catalogue"),
        ("web.api", "from concurrency_lab import __version__"),
        ("store.runs", "import sqlalchemy"),
    ],
)
def test_a_right_import_is_not_complained_of(name: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text(line)
    assert list(violations(name, imported(file, name))) == []


# -- JavaScript --------------------------------------------------------------------------------------

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(
    r"""(?:^|[;}])\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']"""
    r"""|(?:^|[;}])\s*import\s*["']([^"']+)["']"""
    r"""|\bimport\s*\(\s*["']([^"']+)["']\s*\)""",
    re.MULTILINE,
)


def script_violations(file: str, text: str) -> Iterator[str]:
    """Yield what a script imports and may not; `file` is relative to static/js."""
    room = file.partition("/")[0]
    for match in _IMPORT.finditer(_COMMENT.sub("", text)):
        target = match[1] or match[2] or match[3]
        if not target.startswith("."):
            if target not in SCRIPTS_PACKAGES.get(room, set()):
                yield f"{file} imports the package {target}"
            continue
        found = (SCRIPTS / file).parent.joinpath(target).resolve().relative_to(SCRIPTS.resolve()).as_posix()
        other = found.partition("/")[0]
        if other != room and other not in SCRIPTS_MAY_IMPORT[room]:
            yield f"{file} imports {found}"


@pytest.mark.parametrize("file", sorted(SCRIPTS.rglob("*.js")), ids=lambda file: str(file.relative_to(SCRIPTS)))
def test_a_script_imports_only_what_its_room_may(file: Path) -> None:
    name = file.relative_to(SCRIPTS).as_posix()
    assert name.partition("/")[0] in SCRIPTS_MAY_IMPORT, f"{name} is in no room of docs/architecture.md"
    assert list(script_violations(name, file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("room", ["lib", "trace"])
def test_pure_scripts_touch_no_dom(room: str) -> None:
    for file in (SCRIPTS / room).rglob("*.js"):
        code = _COMMENT.sub("", file.read_text(encoding="utf-8"))
        assert not re.search(r"(?<![.\w])(document|window|HTML\w*Element|localStorage)\b", code), file


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("lib/atom.js", 'import { Fold } from "../trace/fold.js";'),
        ("trace/fold.js", 'import {\n  make,\n} from "../views/dom.js";'),
        ("views/source.js", 'export { open } from "../net/api.js";'),
        ("timeline/canvas.js", 'const later = () => import("../views/dom.js");'),
        ("net/api.js", 'import "../views/dom.js";'),
        ("views/source.js", 'import { io } from "socket.io-client";'),
    ],
)
def test_a_wrong_import_in_a_script_is_found(file: str, text: str) -> None:
    assert len(list(script_violations(file, text))) == 1


def test_an_import_in_a_comment_is_none() -> None:
    text = '/** @typedef {import("../views/dom.js").Part} Part */\n// import "../net/api.js";\nexport const a = 1;\n'
    assert list(script_violations("lib/atom.js", text)) == []
