"""Front end: `npm ci` by the lock file, then the bundle in static/build/; does nothing when both are up to date.

.venv/bin/python scripts/front.py             build what has changed
.venv/bin/python scripts/front.py npm ARG...  run npm, with the node that was found or installed
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Iterable

from setup_venv import ROOT, VENV, SetupError

NODE_AT_LEAST = 20
MODULES = ROOT / "node_modules"
BUILD = ROOT / "static/build"
# Everything the bundle is made from; what is listed and does not exist is skipped.
SOURCES = ("package.json", "package-lock.json", "scripts/bundle.mjs", "static/js", "static/css", "static/i18n")


def main(arguments: list[str]) -> int:
    """Build, or run npm; return the exit code."""
    try:
        environment = with_node()
        if arguments[:1] == ["npm"]:
            install_packages(environment)
            return subprocess.run(["npm", *arguments[1:]], cwd=ROOT, env=environment).returncode
        build(environment)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def with_node() -> dict[str, str]:
    """Return an environment whose PATH has node >= 20 and npm; install it into .venv if the system has none."""
    if node_version(os.environ) >= NODE_AT_LEAST and shutil.which("npm"):
        return dict(os.environ)
    own = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    if node_version(own) < NODE_AT_LEAST:
        install_node()
        if node_version(own) < NODE_AT_LEAST:
            raise SetupError(
                "The node that PyPI has does not start on this system, and no other was found.\n"
                "Install Node.js 20 or newer (https://nodejs.org, or your package manager), then try again."
            )
    return own


def node_version(environment: dict[str, str] | os._Environ[str]) -> int:
    """Return the major version of the first node on PATH, 0 if there is none that starts."""
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def install_node() -> None:
    """Install node from PyPI into .venv."""
    print(f"No node >= {NODE_AT_LEAST} on this system: installing one from PyPI into .venv", flush=True)
    requirements = ROOT / "scripts/requirements-node.txt"
    command = [VENV / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise SetupError(
            f"Building the page needs Node.js {NODE_AT_LEAST} or newer: none was found, and none could be installed\n"
            "from PyPI. Connect to the network and try again, or install Node.js (https://nodejs.org, or your\n"
            f"package manager). What pip said last: {said[-1]}"
        )


def build(environment: dict[str, str]) -> None:
    """Install the packages and make the bundle, each only if what it depends on has changed."""
    install_packages(environment)
    wanted = fingerprint(files_of(SOURCES))
    stamp = BUILD / ".built-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Building the page into static/build", flush=True)
    done = subprocess.run(["npm", "run", "--silent", "build"], cwd=ROOT, env=environment)
    if done.returncode != 0:
        raise SetupError("The page could not be built; the messages above say where. Correct that, then try again.")
    BUILD.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def install_packages(environment: dict[str, str]) -> None:
    """Bring node_modules to the lock file; no package's own install script is run."""
    wanted = fingerprint([ROOT / "package-lock.json"])
    stamp = MODULES / ".installed-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the front end's packages with npm", flush=True)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # npm's own patience without a network is minutes.
    command += ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        stamp.write_text(wanted)
        return
    said = (done.stdout + done.stderr).strip()
    if any(code in said for code in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")):
        raise SetupError(
            "The npm registry (registry.npmjs.org) could not be reached. The first `make` needs a network connection;\n"
            "behind a proxy, set HTTPS_PROXY or npm's `registry`."
        )
    tail = "\n".join(said.splitlines()[-8:])
    raise SetupError(f"npm could not install the front end's packages. The end of what it said:\n{tail}")


def files_of(names: Iterable[str]) -> list[pathlib.Path]:
    """Return the files behind these names, folders walked, in a fixed order."""
    found = []
    for name in names:
        path = ROOT / name
        if path.is_dir():
            found += sorted(inner for inner in path.rglob("*") if inner.is_file())
        elif path.exists():
            found.append(path)
    return found


def fingerprint(paths: Iterable[pathlib.Path]) -> str:
    """Return a digest of names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
