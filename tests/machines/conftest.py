"""Redis and PostgreSQL for this folder. Where they are not installed its tests are skipped, and say so."""

from collections.abc import Iterator

import pytest

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
