"""A real program that writes into its own trace what no probe would."""

import contextlib
from pathlib import Path

import pytest

from concurrency_lab.supervisor.client import Warden
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold

ROOT = Path(__file__).resolve().parents[2]
# The segments of its own process among them, in the middle of being written.
FORGER = f"""
import os, pathlib, sys, threading

sys.path.insert(0, {str(ROOT)!r})
from tests.fuzz.making import Maker
from tests.fuzz.segments import Segments

folder = pathlib.Path(os.environ["CONCURRENCY_LAB_SEGMENTS"])
target = Segments(SEED)
target._base = pathlib.Path.cwd()
lock = threading.Lock()
for number in range(30):
    for way, name, data in target.make(Maker(f"forged {{target.seed}} {{number}}")):
        target._do(folder, way, name.replace("PID", str(os.getpid())), data)
    with lock:
        thread = threading.Thread(target=os.getpid)
        thread.start()
    thread.join()
print("the " + "end")
sys.exit(7)
"""


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_program_forges_its_end_is_told_by_the_system(tmp_path: Path, seed: int) -> None:
    (tmp_path / "secret").write_bytes(b"SECRET" * 1000)
    program = tmp_path / "program.py"
    program.write_text(FORGER.replace("SEED", str(seed)))
    spec = RunSpec("forged", str(program), cwd=str(tmp_path), limits=Limits(wall_s=30, events=200_000))
    with Warden.start() as warden, contextlib.closing(warden.run(spec)) as stream, stream.makefile() as lines:
        trace = codec.read(lines)
    Fold().feed(trace.events)
    ended = trace.events[-1]
    assert (ended["kind"], ended["by"], ended.get("exit_code")) == ("run.ended", "os", 7)
    said = "".join(event["text"] for event in trace.events if event["kind"] == "output.written")
    assert "the end\n" in said
    assert "SECRETSECRET" not in str(trace.events)
