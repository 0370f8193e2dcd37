"""Files made from the schema are what the schema says, and a stale one is noticed."""

import pathlib
import subprocess
import sys

import pytest

from concurrency_lab.trace import generate


def test_generated_files_are_up_to_date() -> None:
    command = [sys.executable, "-m", "concurrency_lab.trace.generate", "--check"]
    done = subprocess.run(command, cwd=generate.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(generate.TARGETS))
def test_a_stale_file_is_named(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    with (tmp_path / name).open("a") as file:
        file.write("\n")
    assert generate.main(["--check"]) == 1
    assert f"{name} is out of date" in capsys.readouterr().err
