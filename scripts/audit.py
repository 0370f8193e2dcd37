"""Ask PyPI and npm whether anything that is pinned has a known vulnerability (`make audit`).

Exit code 1: something was found. Where a service cannot be reached, that is said, and is no finding.
"""

import json
import subprocess
import sys
import venv

from front import with_node
from setup_venv import ROOT

TOOLS = ROOT / "build/audit"
PIP_AUDIT = "pip-audit==2.10.1"
FILES = ("requirements.txt", "requirements-cluster.txt", "requirements-dev.txt")


def main() -> int:
    """Run both audits; return the exit code."""
    found = [audit() for audit in (audit_python, audit_node)]
    return 1 if any(found) else 0


def audit_python() -> bool:
    """Say what PyPI's advisories know of the pins; return whether there is anything."""
    tool = TOOLS / "bin/pip-audit"
    if not tool.exists():
        venv.create(TOOLS, with_pip=True)
        made = run([str(TOOLS / "bin/pip"), "install", "-q", "--disable-pip-version-check", PIP_AUDIT])
        if made.returncode != 0:
            return unknown("Python", f"{PIP_AUDIT} could not be installed", made.stderr)
    # Every pin is in the files, so nothing is resolved or installed.
    command = [str(tool), "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = run([*command, *(part for name in FILES for part in ("-r", name))])
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return unknown("Python", "the advisories could not be had", done.stderr)
    bad = [package for package in packages if package.get("vulns")]
    for package in bad:
        for one in package["vulns"]:
            print(f"Python: {package['name']} {package['version']}: {one['id']}, corrected in {one['fix_versions']}")
    skipped = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return unknown("Python", "the service knows none of the packages", skipped[0] if skipped else "")
    print(f"Python: {len(packages)} packages, {len(bad)} with advisories, {len(skipped)} not known to the service")
    return bool(bad)


def audit_node() -> bool:
    """Say what npm's advisories know of the lock file; return whether there is anything."""
    done = run(["npm", "audit", "--json", "--package-lock-only"], with_node())
    try:
        counts = json.loads(done.stdout)["metadata"]["vulnerabilities"]
    except (ValueError, KeyError):
        return unknown("npm", "the advisories could not be had", done.stderr or done.stdout)
    print("npm: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return bool(counts["total"])


def unknown(what: str, why: str, said: str) -> bool:
    """Say that nothing is known; that is no finding."""
    lines = [line for line in said.strip().splitlines() if "complete log" not in line] or ["nothing"]
    print(f"{what}: NOT CHECKED, {why}. What it said last: {lines[-1][:200]}")
    return False


def run(command: list[str], environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run a command in the checkout, with all that it says."""
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
