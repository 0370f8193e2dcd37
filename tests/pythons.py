"""Every supported Python that is installed here."""

import shutil
import subprocess
import sys
from pathlib import Path

VERSIONS = ("3.11", "3.12", "3.13")


def pythons() -> dict[str, str]:
    """Return version -> path of every supported Python that starts here."""
    candidates = [sys.executable, *filter(None, (shutil.which(f"python{version}") for version in VERSIONS))]
    candidates += map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")))
    found: dict[str, str] = {}
    for path in candidates:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        answer = subprocess.run([path, "-c", code], capture_output=True, text=True)
        version = answer.stdout.strip()
        if answer.returncode == 0 and version in VERSIONS:
            found.setdefault(version, path)
    return found


PYTHONS = pythons()
