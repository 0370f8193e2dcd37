"""The server as a command: what it prints, and one clear sentence when it cannot start."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from concurrency_lab.web import aio
from tests.web.lab_server import ROOT, serving

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


def test_replay_serves_the_trace_as_it_stands(tmp_path: Path) -> None:
    trace = ROOT / "tests/golden/mp-queue.ndjson"
    command = [sys.executable, "-m", "concurrency_lab", "replay", "--no-open", str(trace)]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | PATH, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        with urllib.request.urlopen(url) as page:
            assert b'id="timeline"' in page.read()
        with urllib.request.urlopen(url.replace("/runs/", "/api/runs/") + "/trace") as answer:
            assert answer.read().splitlines()[1:] == trace.read_bytes().splitlines()[1:]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


def test_replay_of_what_is_no_trace_is_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "concurrency_lab", "replay", "--no-open", str(ROOT / "app.py")]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | PATH, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "app.py: Line 1: not JSON" in done.stderr
