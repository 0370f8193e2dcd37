"""The leak fixture would see a leak: what a test could leave behind is found, and what is not ours is not."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.leaks import SEGMENTS, everything


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_a_process_is_found_and_also_when_it_is_a_zombie(sleeper: subprocess.Popen[bytes]) -> None:
    assert any(found.startswith(f"process {sleeper.pid} (") for found in everything())
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert f"process {sleeper.pid} (ended, but not waited for)" in everything()
    sleeper.wait()
    assert not any(str(sleeper.pid) in found for found in everything())


def test_a_thread_is_found() -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="forgotten")
    thread.start()
    assert f"thread forgotten ({thread.native_id})" in everything()
    over.set()
    thread.join()
    assert not any("forgotten" in found for found in everything())


def test_a_segment_folder_is_found_unless_it_belongs_to_a_living_lab_that_is_not_ours(
    sleeper: subprocess.Popen[bytes],
) -> None:
    folders = {owner: SEGMENTS / f"concurrency-lab-{owner}-9999" for owner in (sleeper.pid, 1, "nobody")}
    for folder in folders.values():
        folder.mkdir()
    try:
        found = everything()
    finally:
        for folder in folders.values():
            folder.rmdir()
    assert str(folders[sleeper.pid]) in found
    assert str(folders["nobody"]) in found
    assert str(folders[1]) not in found
