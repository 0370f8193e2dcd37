"""What several servers have in common besides runs that go on: counters, shared programs, the library of runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.machines.machines import Lab
from tests.web.lab_server import PATIENCE_S, LabServer, wait_until

SNIPPETS = 3


@pytest.fixture(scope="module")
def a(lab: Lab) -> LabServer:
    return lab.server("eventlet", PLAYGROUND=True, RATES={"snippets.viewer": f"{SNIPPETS}/hour"}, OWN_LAB=False)


@pytest.fixture(scope="module")
def b(lab: Lab, a: LabServer) -> LabServer:
    return lab.server("threading", PLAYGROUND=True, RATES={"snippets.viewer": f"{SNIPPETS}/hour"}, OWN_LAB=False)


# -- counters ------------------------------------------------------------------------------------------------


def share(server: LabServer, viewer: LabServer) -> int:
    """Have somebody share a program at a server; return the status of the answer."""
    answer = requests.post(
        f"{server.url}/api/snippets",
        json={"code": "print(1)"},
        headers={"X-Lab-Token": viewer.token},
        timeout=PATIENCE_S,
    )
    assert answer.status_code in (201, 429), answer.text
    return answer.status_code


def share_all(server: LabServer, viewer: LabServer, times: int) -> list[int]:
    """The same for many requests at once."""
    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(lambda _: share(server, viewer), range(times)))


def is_counted_together(a: LabServer, b: LabServer) -> bool:
    """Say whether what is asked of one server counts at the other."""
    somebody = a.other()
    assert share_all(a, somebody, SNIPPETS) == [201] * SNIPPETS
    somebody.http.close()
    return share(b, somebody) == 429


def test_rates_are_counted_together_and_by_each_server_while_redis_hangs(lab: Lab, a: LabServer, b: LabServer) -> None:
    assert is_counted_together(a, b)
    somebody = a.other()
    lab.news.hang()
    try:
        # More at once than the server has threads for what blocks: were each to wait for Redis, all would wait long.
        allowed = [201] * SNIPPETS + [429] * (20 - SNIPPETS)
        assert share_all(a, somebody, 20) == allowed
        # Nor does anybody else wait for it.
        assert a.health()["status"] is not None
        assert share_all(b, somebody, 20) == allowed
    finally:
        lab.news.go_on()
    wait_until(lambda: is_counted_together(a, b), "the servers count together again")
    # The same where it is gone altogether, and comes back empty.
    lab.news.kill()
    other = a.other()
    assert share_all(a, other, 20) == share_all(b, other, 20) == allowed
    lab.news.start()
    wait_until(lambda: is_counted_together(a, b), "the servers count together again")
    for viewer in (somebody, other):
        viewer.http.close()
