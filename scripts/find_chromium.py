"""Prints the path of a Chromium for the browser tests; installs Debian's if there is none and we may.

$CHROMIUM wins. Says on standard error exactly what to do when it cannot help.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from setup_venv import apt_get

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
HELP = """The browser tests need Chromium, and none was found. Do one of these, then `make test` again:
  Debian, Ubuntu:  sudo apt-get install chromium fonts-noto-cjk
  macOS:           brew install --cask chromium
  another place:   make test CHROMIUM=/path/to/chromium"""


def main() -> int:
    """Print the path; return the exit code."""
    given = os.environ.get("CHROMIUM")
    if given and not starts(given):
        print(f"CHROMIUM={given} does not start. Give the path of a Chromium or Chrome.", file=sys.stderr)
        return 1
    path = given or find()
    if path is None or not has_chinese_font():
        install_missing(need_browser=path is None)
        path = path or find()
    if path is None:
        print(HELP, file=sys.stderr)
        return 1
    print(path)
    return 0


def find() -> str | None:
    """Return the first Chromium that starts."""
    on_path = [found for name in NAMES if (found := shutil.which(name))]
    return next((path for path in [*on_path, *PLACES] if starts(path)), None)


def starts(path: str) -> bool:
    """Tell whether it is there and answers: Ubuntu's `chromium` may be a stub that only points to snap."""
    if not pathlib.Path(path).exists():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def has_chinese_font() -> bool:
    """Without one Chinese text is drawn as boxes, and the screenshots' widths are wrong."""
    if sys.platform != "linux":
        return True
    if shutil.which("fc-list") is None:
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout.strip())


def install_missing(need_browser: bool) -> None:
    """Install what is missing with apt-get where we may; a missing font alone is only worth a warning."""
    packages = ["chromium", "fonts-noto-cjk"] if need_browser else ["fonts-noto-cjk"]
    apt = apt_get()
    if apt is not None:
        print(f"Installing {' and '.join(packages)} with apt-get (for the browser tests)", file=sys.stderr)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run([*apt, "update", "-qq"], **quiet)
        subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *packages], **quiet)
    elif not need_browser:
        print("No font with Chinese letters: `apt-get install fonts-noto-cjk` for true screenshots.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
