"""`export` as a user types it: where the file goes, and that a bad trace harms none that is there."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from concurrency_lab.cli import main
from concurrency_lab.export import EXPORTS
from concurrency_lab.trace import codec

ROOT = Path(__file__).resolve().parents[2]
TRACE = ROOT / "tests/golden/threads.ndjson"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_written_to_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    Path("run.ndjson.gz").write_bytes(gzip.compress(TRACE.read_bytes()))
    assert main(["export", "run.ndjson.gz", "--to", name]) == 0
    written = tmp_path / f"run{EXPORTS[name].suffix}"
    assert sorted(tmp_path.iterdir()) == sorted([written, tmp_path / "run.ndjson.gz"])
    assert main(["export", str(TRACE), "--to", name, "--out", "packed.gz"]) == 0
    assert gzip.decompress(Path("packed.gz").read_bytes()) == written.read_bytes()


def test_standard_output_takes_it_too() -> None:
    command = [sys.executable, "-m", "concurrency_lab", "export", str(TRACE), "--to", "ndjson", "--out", "-"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=50)
    assert (done.returncode, done.stderr) == (0, b"")
    assert codec.read(done.stdout.decode().split("\n")) == codec.read(TRACE.read_text().split("\n"))


@pytest.mark.parametrize("spoil", ["cut", "binary", "empty", "unpacked", "missing"])
def test_a_bad_trace_leaves_the_file_that_was_there(
    tmp_path: Path, spoil: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {
        "cut": TRACE.read_bytes()[:-40],
        "binary": b"\xff\xfe" * 100,
        "empty": b"",
        "unpacked": gzip.compress(TRACE.read_bytes())[:-200],
    }
    if spoil in bad:
        Path("bad.ndjson").write_bytes(bad[spoil])
    Path("good.csv").write_text("as it was")
    assert main(["export", "bad.ndjson", "--to", "csv", "--out", "good.csv"]) == 2
    assert capsys.readouterr().err.startswith("concurrency_lab: bad.ndjson: ")
    assert Path("good.csv").read_text() == "as it was"
    assert {file.name for file in tmp_path.iterdir()} <= {"good.csv", "bad.ndjson"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["t.ndjson", "--to", "ndjson"], "is the trace itself"),
        (["t.ndjson", "--to", "png"], "A PNG is made in the browser"),
        (["t.ndjson", "--to", "pdf"], "there are perfetto, svg, html, ndjson, csv"),
        (["t.ndjson", "--to", "csv", "--out", "no/such/folder.csv"], "cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.ndjson").write_bytes(TRACE.read_bytes())
    assert main(["export", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert Path("t.ndjson").read_bytes() == TRACE.read_bytes()
