"""Write tests/golden/*.json from the *.ndjson beside them: `python -m tests.golden.make`.

Read the difference before you commit it: it is what the fold says about every golden trace.
"""

import json
import pathlib

from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold

GOLDEN = pathlib.Path(__file__).parent


def folded(trace: pathlib.Path) -> str:
    """Return the fold of one trace as JSON text, a lane, flow or resource a line."""
    with trace.open(encoding="utf-8") as lines:
        result = Fold().feed(codec.read(lines).events).to_dict()
    parts = [f"{json.dumps(name)}: {_pretty(value)}" for name, value in result.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _pretty(value: object) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in value) + "\n]"


def main() -> None:
    """Rewrite every golden file."""
    for trace in sorted(GOLDEN.glob("*.ndjson")):
        trace.with_suffix(".json").write_text(folded(trace), encoding="utf-8")


if __name__ == "__main__":
    main()
