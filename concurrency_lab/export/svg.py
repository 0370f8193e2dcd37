"""A whole run as a picture: by the painter of the page itself, which node runs.

Why not a painter in Python: docs/decisions/0010-one-painter.md. In the browser the page makes the picture; the server
is not asked to.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from concurrency_lab.export.exporter import About, Exporter, ExportError
from concurrency_lab.export.text import plain
from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[2]
_PAINTER = ROOT / "static/build/picture.mjs"
_CHUNK = 1 << 16


def find_node() -> str | None:
    """Return the node of the system or the one that `make install` put beside this Python."""
    own = os.path.dirname(sys.executable)
    return shutil.which("node", path=os.pathsep.join((os.environ.get("PATH", os.defpath), own)))


def _chunks(lines: Iterable[str], about: About) -> Iterator[bytes]:
    node = find_node()
    if node is None:
        raise ExportError(
            "An SVG is drawn by the page's own painter, which needs Node.js here, and none was found. Install it "
            "(https://nodejs.org, or your package manager), or open the trace with `replay FILE` and choose "
            "Export > SVG there."
        )
    if not _PAINTER.exists():
        raise ExportError("The page is not built yet. Run `make install` once, then try again.")
    header, events = codec.stream(lines)
    strings = json.loads((ROOT / "static/i18n" / f"{about.lang}.json").read_text("utf-8"))
    title = plain(str(about.title.get(about.lang) or header["program"]))
    with tempfile.TemporaryFile() as given:
        # In a file, node reads at its own pace, and neither waits for the other.
        for value in ({"lang": about.lang, "strings": strings, "title": title}, header):
            given.write(json.dumps(value).encode() + b"\n")
        given.writelines(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)
        given.seek(0)
        yield from _painted(node, given.fileno())


def _painted(node: str, given: int) -> Iterator[bytes]:
    command = [node, str(_PAINTER)]
    with subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while chunk := process.stdout.read(_CHUNK):
            yield chunk
        said = process.stderr.read().decode(errors="replace").strip()
        if process.wait() != 0:
            last = said.splitlines()[-1] if said else "nothing"
            raise ExportError(f"Node.js could not draw the picture; it said last: {last}")


EXPORTER = Exporter("svg", ".svg", "image/svg+xml", _chunks, is_served=False)
