"""One real server that a course's pages may frame."""

from collections.abc import Iterator

import pytest

from tests.web.lab_server import LabServer, serving

PARENTS = ("https://courses.example.org", "https://*.example.edu")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    with serving(tmp_path_factory.mktemp("embed") / "data", "eventlet", EMBED_PARENTS=PARENTS) as server:
        yield server
