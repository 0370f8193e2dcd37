"""The server as a command: what it prints, and one clear sentence when it cannot start."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from concurrency_lab.web import aio
from tests.web.lab_server import PATIENCE_S, ROOT, LabServer, serving, wait_until

PATH = {"PYTHONPATH": str(ROOT)}


def cannot_start(*arguments: str) -> str:
    """Run the server that must not start; return what it says."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--no-open", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with aio.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        said = cannot_start("--port", str(port), "--data", str(tmp_path))
    assert f"Port {port} is taken" in said
    assert f"--port {port + 1}" in said


def test_an_address_that_is_not_ours_is_a_sentence(tmp_path: Path) -> None:
    assert "203.0.113.1" in cannot_start("--host", "203.0.113.1", "--data", str(tmp_path))
    assert "65535" in cannot_start("--port", "70000", "--data", str(tmp_path))


def test_a_data_folder_in_use_is_a_sentence(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "eventlet"):
        said = cannot_start("--port", "0", "--data", str(tmp_path / "data"))
    assert "Another Concurrency Lab is using" in said


def test_a_data_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "is not a folder" in cannot_start("--port", "0", "--data", str(tmp_path / "data"))


def test_two_servers_never_share_a_port() -> None:
    with aio.listen("127.0.0.1", 0) as first:
        assert first.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT) == 0
        with pytest.raises(OSError, match="in use"):
            aio.listen("127.0.0.1", first.getsockname()[1])


def test_the_page_opens_in_a_browser_where_there_is_a_desktop(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    environ = os.environ | {"DISPLAY": ":99", "BROWSER": str(browser)}
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[4]
        while not opened.exists():
            assert server.poll() is None
        server.terminate()
    assert opened.read_text().strip() == url
    assert server.returncode == 0


@contextlib.contextmanager
def replaying(file: Path, cwd: Path) -> Iterator[str]:
    """Replay a file while the block runs; gives the address of its run."""
    command = [sys.executable, "-m", "concurrency_lab", "replay", "--no-open", str(file)]
    with subprocess.Popen(command, cwd=cwd, env=os.environ | PATH, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield next(word for word in process.stdout.readline().split() if word.startswith("http"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_replay_serves_the_trace_as_it_stands(tmp_path: Path) -> None:
    trace = ROOT / "tests/golden/mp-queue.ndjson"
    with replaying(trace, tmp_path) as url:
        with urllib.request.urlopen(url) as page:
            assert b'id="timeline"' in page.read()
        with urllib.request.urlopen(url.replace("/runs/", "/api/runs/") + "/trace") as answer:
            assert answer.read().splitlines()[1:] == trace.read_bytes().splitlines()[1:]
    assert list(tmp_path.iterdir()) == []


def test_a_replayed_file_is_in_the_library_and_stays_on_the_disk_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "tuesday.ndjson"
    shutil.copy(ROOT / "tests/golden/step.ndjson", file)
    before = file.read_bytes()
    with replaying(file, tmp_path) as url, requests.Session() as http:
        base, _, run_id = url.rpartition("/runs/")
        api = f"{base}/api/runs"

        def listed(**query: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = http.get(api, params={"lang": "en", **query}, timeout=PATIENCE_S).json()[
                "runs"
            ]
            return found

        (first,) = listed()
        assert (first["id"], first["name"], first["file"]) == (run_id, "tuesday.ndjson", "tuesday.ndjson")
        wait_until(lambda: listed()[0]["findings"] is not None, "its trace has been read")
        (row,) = listed(q="tuesday")
        assert [row] == listed(q=row["program"]) == listed(q=row["status"]) == listed(q="data race") == listed(kept="1")
        assert [finding["code"] for finding in row["findings"]] == ["data-race"]
        assert listed(q="no such run") == []
        assert http.get(base + row["url"], timeout=PATIENCE_S).status_code == 200
        server = LabServer(None, base, tmp_path, "eventlet")  # type: ignore[arg-type]
        assert [run["id"] for run in server.page("/runs")["list"]["runs"]] == [run_id]
        for answer in (
            server.http.patch(f"{api}/{run_id}", json={"name": "x"}, timeout=PATIENCE_S),
            server.http.patch(f"{api}/{run_id}", json={"kept": False}, timeout=PATIENCE_S),
            server.http.delete(f"{api}/{run_id}/record", timeout=PATIENCE_S),
        ):
            assert (answer.status_code, "tuesday.ndjson on your disk" in answer.json()["detail"]) == (409, True)
        server.http.close()
        assert listed() == [row]
    assert file.read_bytes() == before


def test_replay_of_what_is_no_trace_is_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "concurrency_lab", "replay", "--no-open", str(ROOT / "app.py")]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | PATH, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "app.py: Line 1: not JSON" in done.stderr
