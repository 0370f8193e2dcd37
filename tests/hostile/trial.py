"""Runs a program plain and traced side by side, and names every way in which the two differ."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from concurrency_lab.trace import codec, states
from concurrency_lab.trace.fold import Fold
from tests.hostile.programs import Program

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 45

Done = subprocess.CompletedProcess[bytes]


def run(command: list[str], folder: Path, program: Program) -> Done:
    """Run a command in a program's folder, as little different from a terminal's as can be."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if program.python_path:
        env["PYTHONPATH"] = program.python_path
    return subprocess.run(command, cwd=folder, env=env, input=program.stdin, capture_output=True, timeout=PATIENCE_S)


def write(program: Program, folder: Path) -> None:
    """Put a program and the files beside it into a folder of its own."""
    text = program.text if isinstance(program.text, bytes) else program.text.encode()
    for name, content in {"program.py": text, **{n: t.encode() for n, t in program.files.items()}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# The lab without a PYTHONPATH, which is the program's: neither what it says nor what is found by it is for the lab.
_BOOT = f"import sys; sys.path[0] = {str(ROOT)!r}; from concurrency_lab.cli import main; sys.exit(main())"
LAB = [sys.executable, "-E", "-c", _BOOT]


def differences(program: Program, folder: Path, python: str) -> list[str]:
    """Return a sentence for everything that is not as it is without us, and for every untruth of the trace."""
    # Tracebacks name the folder: it is the same one, made anew.
    home = folder / "home"
    write(program, home)
    plain = run([python, "program.py"], home, program)
    shutil.rmtree(home)
    write(program, home)
    command = [*LAB, "trace", "--python", python, "--propagate-exit", "--out", "../t.ndjson", "program.py"]
    traced = run(command, home, program)
    found = []
    if traced.returncode != plain.returncode:
        found.append(f"exit code {traced.returncode} instead of {plain.returncode}: {traced.stderr[-500:]!r}")
    for name in ("stdout", "stderr") if program.is_same else ():
        ours, theirs = getattr(traced, name), getattr(plain, name)
        if ours != theirs:
            found.append(f"{name} {ours[-1500:]!r} instead of {theirs[-1500:]!r}")
    return found + untruths(folder / "t.ndjson", plain.returncode, program)


def untruths(file: Path, code: int, program: Program) -> list[str]:
    """Return what is wrong with the trace of a program that ended with this code (negative: a signal)."""
    try:
        with open(file, encoding="utf-8", errors="surrogatepass") as lines:
            trace = codec.read(lines)
    except (OSError, codec.TraceError) as error:
        return [f"no trace: {error}"]
    ended: dict[str, Any] = trace.events[-1]
    fold = Fold().feed(trace.events)
    found = []
    if (ended["kind"], ended.get("status")) != ("run.ended", "finished"):
        found.append(f"the trace ends with {ended}")
    if ended.get("exit_code", -ended.get("signal", 0)) != code:
        found.append(f"the trace says {ended}, the program ended with {code}")
    if fold.illegal:
        found.append(f"{fold.illegal} illegal transitions")
    main = next(iter(fold.lanes.values()), None)
    if main is None:
        return [*found, "no lane"]
    if main.exit != ({"signal": -code} if code < 0 else {"code": code}):
        found.append(f"the main lane says {main.exit}")
    living = [lane.name for lane in fold.lanes.values() if lane.state[-1] != states.DEAD]
    if living:
        found.append(f"lanes without an end: {living[:5]}, {len(living)} in all")
    told = {event["kind"] for event in trace.events}
    found += [f"nothing of {kind} is told" for kind in program.kinds if kind not in told]
    found += [
        f"warning {name}: {text}" for _, name, text in fold.warnings if name not in ("lagging", *program.warnings)
    ]
    found += [f"process {pid} is left" for pid in {lane.pid for lane in fold.lanes.values()} if is_there(pid)]
    return found


def is_there(pid: int) -> bool:
    """Return whether there is such a process."""
    return os.path.exists(f"/proc/{pid}")
