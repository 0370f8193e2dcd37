"""What a tagged server starts from: sets the tag, then is the server, with settings that its arguments cannot give.

python launch.py SETTINGS [ARGUMENT ...]; without settings it is `python app.py`.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main(given: str, arguments: list[str]) -> int:
    settings = json.loads(given)
    if not settings:
        os.execv(sys.executable, [sys.executable, str(ROOT / "app.py"), *arguments])
    sys.path[0] = str(ROOT)
    # Not at the top: the launcher must be able to become app.py without them.
    from concurrency_lab.supervisor.spec import Limits
    from concurrency_lab.web import DEFAULTS, serve

    for name in ("LIMITS", "PLAYGROUND_LIMITS"):
        if name in settings:
            limits: Limits = DEFAULTS[name]
            settings[name] = dataclasses.replace(limits, **settings[name])
    return serve.main(arguments, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
