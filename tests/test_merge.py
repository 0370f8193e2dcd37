"""Two programs that were traced apart and met at a manager's port: one trace with arrows between them."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from concurrency_lab.trace import codec
from concurrency_lab.trace.fold import Fold
from concurrency_lab.trace.merging import MergeError, merge
from tests.pythons import PYTHONS

ROOT = Path(__file__).parents[1]

SERVER = """
import queue, sys, threading
from multiprocessing.managers import BaseManager

class Office(BaseManager):
    pass

box = queue.Queue()
Office.register("get_box", callable=lambda: box)
server = Office(address=("127.0.0.1", 0), authkey=b"key").get_server()
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.address[1], flush=True)
sys.stdin.readline()
"""

CLIENT = """
import sys
from multiprocessing.managers import BaseManager

class Office(BaseManager):
    pass

Office.register("get_box")
office = Office(address=("localhost", int(sys.argv[1])), authkey=b"key")
office.connect()
box = office.get_box()
box.put("letter")
print(box.get())
"""


def _command(python: str, out: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "concurrency_lab", "trace", "--python", python, "--out", out, *words]


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_server_and_client_join_into_one_picture(tmp_path: Path, python: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name, text in (("server", SERVER), ("client", CLIENT)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "program.py").write_text(text)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(_command(python, "s.ndjson", "server/program.py"), cwd=tmp_path, env=env, **pipes) as server:  # type: ignore[call-overload]
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        done = subprocess.run(
            _command(python, "c.ndjson", "client/program.py", port),
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=50,
        )  # fmt: skip
        assert done.stdout == "letter\n", done.stderr
        server.communicate("stop\n", timeout=50)
    merging = [sys.executable, "-m", "concurrency_lab", "merge", "c.ndjson", "s.ndjson", "--out", "both.ndjson"]
    subprocess.run(merging, cwd=tmp_path, env=env, check=True, timeout=50)

    with open(tmp_path / "both.ndjson") as file:
        header, events = codec.read(file)
    assert header["program"] == "program.py + program.py"
    assert header["source"] == {"program.py": SERVER, "program.py (2)": CLIENT}
    assert events[-1]["kind"] == "run.ended"
    assert [event["kind"] for event in events].count("run.ended") == 1
    fold = Fold().feed(events)
    assert fold.illegal == 0
    asked = {event["obj"] for event in events if event["kind"] == "manager.called"}
    (obj,) = asked
    assert fold.resources[obj].name == "box"
    client = next(event["pid"] for event in events if event["kind"] == "manager.called")
    arrows = [flow for flow in fold.flows if flow[0] == "sent" and flow[5] == obj]
    there = [flow for flow in arrows if fold.lanes[flow[1]].pid == client]
    back = [flow for flow in arrows if fold.lanes[flow[3]].pid == client]
    assert len(there) == len(back) == 2
    assert len(arrows) == 4
    for (_, _, asked_ns, serving, served_ns, _), (_, answering, answered_ns, _, back_ns, _) in zip(
        there, back, strict=True
    ):
        assert asked_ns < served_ns < answered_ns < back_ns
        assert serving == answering
        assert not fold.lanes[serving].internal, "it does the user's work"
    assert {event.get("file") for event in events if event.get("pid") == client} <= {"program.py (2)", None}
    with pytest.raises(MergeError, match="in two of these traces"):
        merge([codec.read(io.StringIO((tmp_path / "s.ndjson").read_text()))] * 2)


def test_traces_of_different_boots_are_refused() -> None:
    header = {"program": "a.py", "source": {}, "run": "1", "cpu_count": 1, "started_monotonic_ns": 1, "boot": "x"}
    with pytest.raises(MergeError, match="different machines"):
        merge([codec.Trace(header, []), codec.Trace({**header, "boot": "y"}, [])])
    with pytest.raises(MergeError, match="Record it again"):
        merge([codec.Trace({**header, "boot": ""}, [])])
