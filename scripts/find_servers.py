"""Looks for a Redis and a PostgreSQL for tests/machines; installs Debian's if there is none and we may.

Without them these tests are skipped, and say so: this never fails.
"""

import glob
import os
import shutil
import subprocess
import sys

from setup_venv import apt_get

HELP = """Tests of several machines will NOT RUN: {} not found. To have them run, do one of these:
  Debian, Ubuntu:  sudo apt-get install redis-server postgresql
  elsewhere:       put redis-server and PostgreSQL's initdb and postgres on PATH"""


def main() -> int:
    """Install what is missing where we may; say what is still missing then."""
    apt = apt_get()
    if missing() and apt is not None:
        packages = missing()
        print(f"Installing {' and '.join(packages)} with apt-get (for the tests of several machines)", file=sys.stderr)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([*apt, "update", "-qq"], **quiet)
        subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)
    if missing():
        print(HELP.format(" and ".join(missing())), file=sys.stderr)
    return 0


def missing() -> list[str]:
    """Return the Debian packages of the programs that are not here."""
    has_postgres = shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")
    programs = {"redis-server": shutil.which("redis-server"), "postgresql": has_postgres}
    return [package for package, found in programs.items() if not found]


if __name__ == "__main__":
    sys.exit(main())
