"""Redis and PostgreSQL for this folder. Where they are not installed its tests are skipped, and say so."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.machines.backends import Postgres, Redis, backends, missing
from tests.machines.machines import Lab, one_lab


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Redis, Postgres]]:
    lacking = missing()
    if lacking:
        pytest.skip(f"NOT RUN: {' and '.join(lacking)} not installed; as root: python scripts/find_servers.py")
    with backends() as started:
        yield started


@pytest.fixture(scope="module")
def lab(both: tuple[Redis, Postgres], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab for the tests of a file: two servers, each in another way, and no worker yet."""
    with one_lab(tmp_path_factory.mktemp("lab"), *both) as lab:
        yield lab


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("no Chromium: `make test` finds or installs one, or set CHROMIUM=/path/to/chromium")
    # One browser serves all tests of a process: it is started here as there, whichever is first.
    return {**browser_type_launch_args, "executable_path": path, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Have no address that pages begin with, and leave those of tests/browser theirs: a session has one fixture."""
    return {}
