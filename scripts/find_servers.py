"""Looks for a Redis, a PostgreSQL and an nginx for tests/machines; gets Debian's if there is none and we may.

Without them these tests are skipped, and say so: this never fails.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from setup_venv import VENV, apt_get

HELP = """Tests of several machines and of a proxy will NOT RUN: {} not found. To have them run, do one of these:
  Debian, Ubuntu:  sudo apt-get install redis-server postgresql nginx openssl
  elsewhere:       put redis-server, nginx, openssl and PostgreSQL's initdb and postgres on PATH"""
# tests/machines/nginx.py looks there, too.
NGINX = Path(VENV, "nginx")


def main() -> int:
    """Get what is missing where we may; say what is still missing then."""
    apt = apt_get()
    packages = [package for package in missing() if package != "nginx"]
    if packages and apt is not None:
        print(f"Installing {' and '.join(packages)} with apt-get (for the tests of several machines)", file=sys.stderr)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([*apt, "update", "-qq"], **quiet)
        subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)
    if "nginx" in missing() and shutil.which("apt-get"):
        unpack_nginx()
    if missing():
        print(HELP.format(" and ".join(missing())), file=sys.stderr)
    return 0


def missing() -> list[str]:
    """Return the Debian packages of the programs that are not here."""
    has_postgres = shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb")
    # A plain user has no sbin on PATH.
    sbin = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin:{NGINX / 'usr/sbin'}"
    programs = {
        "redis-server": shutil.which("redis-server"),
        "postgresql": has_postgres,
        "nginx": shutil.which("nginx", path=sbin),
        "openssl": shutil.which("openssl"),
    }
    return [package for package, found in programs.items() if not found]


def unpack_nginx() -> None:
    """Take nginx out of Debian's package, as anybody may. Installed, it would at once serve port 80 to everybody."""
    print(f"Unpacking nginx into {NGINX} with apt-get (for the tests of what stands before a server)", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        # As ourselves, and not as apt's own user, who may not write there.
        download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=", "download", "nginx"]
        subprocess.run(download, cwd=folder, stdout=subprocess.DEVNULL)
        for package in glob.glob(f"{folder}/nginx_*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, NGINX])


if __name__ == "__main__":
    sys.exit(main())
