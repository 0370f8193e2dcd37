"""Makes .venv with the pinned requirements, and does nothing when it is up to date.

    python scripts/setup_venv.py run|dev

Runs under the interpreter that the environment is to have; standard library only.
"""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SETS = {"run": ["requirements.txt"], "dev": ["requirements.txt", "requirements-cluster.txt", "requirements-dev.txt"]}
OFFLINE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "Failed to establish", "Max retries")


class SetupError(Exception):
    """What stands in the way, and what to do about it: for the user, as it is."""


def main(which: str) -> int:
    """Bring .venv to the requirements of `which`; return the exit code."""
    try:
        bring_up_to_date(which)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def bring_up_to_date(which: str) -> None:
    """Make the environment if there is none of this version, then install what has changed."""
    if python_of_venv() != version_tag():
        make_venv()
    link_package()
    # The larger set contains the smaller one.
    if not any(stamp(name).exists() and stamp(name).read_text() == fingerprint(name) for name in {which, "dev"}):
        wanted = fingerprint(which)
        install(which)
        stamp(which).write_text(wanted)
    build_accelerator()
    bring_bubblewrap(may_install=which == "dev")


def version_tag() -> str:
    """Return the running interpreter's version, as pyvenv.cfg has it at the beginning of `version`."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def python_of_venv() -> str:
    """Return the version of the Python in .venv, or "" if there is no working one."""
    try:
        answer = subprocess.run(
            [VENV / "bin/python", "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def stamp(which: str) -> pathlib.Path:
    return VENV / f".installed-{which}"


def fingerprint(which: str) -> str:
    """Return a digest of the pins: contents, not dates, since a git checkout touches dates."""
    digest = hashlib.sha256(version_tag().encode())
    for name in SETS[which]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_venv() -> None:
    """Make .venv from this interpreter, clearing one of another version."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        install_venv_module()
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        raise SetupError(f"Python could not make {VENV}:\n{(made.stdout + made.stderr).strip()}")


def link_package() -> None:
    """Let `.venv/bin/python -m concurrency_lab` work from any folder.

    A link to the one package, not the checkout on sys.path: a traced program must not find our tests.
    """
    link = next(VENV.glob("lib/python3*/site-packages")) / "concurrency_lab"
    package = ROOT / "concurrency_lab"
    if link.is_symlink() and link.readlink() == package:
        return
    # The checkout may have been moved.
    link.unlink(missing_ok=True)
    link.symlink_to(package, target_is_directory=True)


def build_accelerator() -> None:
    """Build the probes' C part for this Python. Where that cannot be done, say so once and go on without it."""
    command = [VENV / "bin/python", ROOT / "concurrency_lab/probes/native/build.py"]
    built = subprocess.run(command, capture_output=True, text=True)
    said = VENV / ".accelerator-missing"
    if built.returncode == 0:
        said.unlink(missing_ok=True)
    elif not said.exists() or said.read_text() != built.stderr:
        print(built.stderr.strip(), flush=True)
        said.write_text(built.stderr)


def bring_bubblewrap(may_install: bool) -> None:
    """Install what jails are made of, for the tests; without it, say once what that means and go on."""
    if sys.platform != "linux" or shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:/usr/bin") is not None:
        return
    apt = apt_get() if may_install else None
    if apt is not None:
        print("Installing bubblewrap with apt-get: runs are jailed with it", flush=True)
        subprocess.run([*apt, "update", "-qq"], stdout=subprocess.DEVNULL)
        if subprocess.run([*apt, "install", "-y", "-qq", "bubblewrap"], stdout=subprocess.DEVNULL).returncode == 0:
            return
    said = VENV / ".bubblewrap-missing"
    if not said.exists():
        print(
            "bubblewrap is not installed: runs are not jailed, and the playground cannot be switched on.\n"
            "Debian and Ubuntu: sudo apt-get install bubblewrap. `python -m concurrency_lab doctor` says more.",
            flush=True,
        )
        said.touch()


def install_venv_module() -> None:
    """Debian and Ubuntu split `venv` off Python; install its package if we may, else name it."""
    package = f"python{version_tag()}-venv"
    apt = apt_get()
    if apt is None:
        raise SetupError(
            f"This Python has no `venv` module. Install it and try again:  sudo apt-get install {package}\n"
            "(other systems: the package that brings Python's venv and ensurepip modules)"
        )
    print(f"This Python has no `venv` module: installing {package} with apt-get", flush=True)
    subprocess.run([*apt, "update", "-qq"], stdout=subprocess.DEVNULL)
    if subprocess.run([*apt, "install", "-y", "-qq", package], stdout=subprocess.DEVNULL).returncode != 0:
        raise SetupError(f"apt-get could not install {package}. Install it by hand, then try again.")


def apt_get() -> list[str] | None:
    """Return the command that may install Debian packages without a question, or None."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    may_sudo = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n", "apt-get"] if may_sudo else None


def install(which: str) -> None:
    """Install the pins with pip; what it says goes to a log and is shown only when it fails."""
    name = SETS[which][-1]
    print(f"Installing {name} into .venv (once; takes about half a minute)", flush=True)
    log = VENV / "install.log"
    command = [VENV / "bin/python", "-m", "pip", "install", "--disable-pip-version-check", "-r", ROOT / name]
    with log.open("w") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT).returncode
    if code == 0:
        return
    said = log.read_text(errors="replace")
    if any(word in said for word in OFFLINE):
        raise SetupError(
            "The Python package index (pypi.org) could not be reached. The first `make` needs a network connection;\n"
            f"behind a proxy, set HTTPS_PROXY or pip's index-url. What pip said is in {log}."
        )
    tail = "\n".join(said.strip().splitlines()[-8:])
    raise SetupError(f"pip could not install {name}; all that it said is in {log}, its end is:\n{tail}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        sys.exit("usage: setup_venv.py run|dev")
    sys.exit(main(sys.argv[1]))
