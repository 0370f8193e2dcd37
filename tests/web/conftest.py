"""Real servers for these tests, each test in both ways of doing many things at once."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.web.lab_server import LabServer, serving

WAYS = ("eventlet", "threading")


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def serve(tmp_path: Path, way: str) -> Iterator[Callable[..., LabServer]]:
    """Start a server with these settings; it is ended after the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serving(tmp_path / "data", way, **settings))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, way: str) -> Iterator[LabServer]:
    """One server for all tests of a file that leave it as they found it."""
    with serving(tmp_path_factory.mktemp("lab") / "data", way) as server:
        yield server
