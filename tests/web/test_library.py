"""The library of runs over HTTP: one's own only, searched, named, kept, deleted; nobody else's."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
import requests

from concurrency_lab.web import serve as serving
from concurrency_lab.web.tokens import Tokens
from tests.web.lab_server import PATIENCE_S, LabServer, wait_until

Serve = Callable[..., LabServer]


@pytest.fixture
def way(request: pytest.FixtureRequest) -> str:
    """The way to do many things at once hardly matters here: one test does it in the other one."""
    return str(getattr(request, "param", "eventlet"))


@pytest.fixture
def start(serve: Serve) -> Serve:
    """Start a server that does not try out its jail: nothing here is about it."""
    return functools.partial(serve, JAIL=False)


def listed(server: LabServer, **query: Any) -> dict[str, Any]:
    answer = server.http.get(f"{server.url}/api/runs", params={"lang": "en", **query}, timeout=PATIENCE_S)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(server: LabServer, **query: Any) -> list[str]:
    return [run["id"] for run in listed(server, **query)["runs"]]


def change(server: LabServer, run_id: str, body: Any) -> requests.Response:
    return server.http.patch(f"{server.url}/api/runs/{run_id}", json=body, timeout=PATIENCE_S)


def remove(server: LabServer, run_id: str) -> requests.Response:
    return server.http.delete(f"{server.url}/api/runs/{run_id}/record", timeout=PATIENCE_S)


def ran(server: LabServer, lesson: str = "hello") -> str:
    run_id = server.start(lesson)
    server.wait_ended(run_id)
    return run_id


def test_everybody_has_their_own_runs_and_changes_no_other(start: Serve) -> None:
    server = start(OWN_LAB=False)
    other = server.other()
    mine, theirs = ran(server), ran(other)
    assert (ids(server), ids(other)) == ([mine], [theirs])
    assert [run["id"] for run in server.page("/runs")["list"]["runs"]] == [mine]
    for answer in (change(other, mine, {"name": "x"}), change(other, mine, {"kept": True}), remove(other, mine)):
        assert (answer.status_code, "somebody else" in answer.json()["detail"]) == (403, True)
    # Who shows neither page nor cookie has none; who was here before is known by the cookie.
    assert requests.get(f"{server.url}/api/runs", timeout=PATIENCE_S).status_code == 403
    with_cookie = requests.get(f"{server.url}/api/runs", cookies=server.http.cookies, timeout=PATIENCE_S)
    assert [run["id"] for run in with_cookie.json()["runs"]] == [mine]
    # The presenter may put right what anybody has done; a link is for whoever has it.
    tokens = Tokens((server.data / "secret").read_bytes())
    other.http.headers["X-Lab-Token"] = tokens.issue("somebody", is_presenter=True)
    assert change(other, mine, {"name": "ok"}).status_code == 200
    assert other.run(mine)["state"] == "ended"


@pytest.mark.parametrize(
    ("arguments", "is_own"),
    [
        ("", True),
        ("--host ::1", True),
        ("--host 0.0.0.0", False),
        ("--behind-proxy", False),
        ("--allow-host lab.example.org", False),
        ("--allow-origin https://lab.example.org", False),
    ],
)
def test_a_lab_that_others_reach_is_not_ones_own(arguments: str, is_own: bool) -> None:
    assert serving._settings(serving._parser().parse_args(arguments.split()))["OWN_LAB"] is is_own


def test_a_run_goes_by_its_name_and_stays_where_it_is_kept(start: Serve) -> None:
    server = start(KEEP_LOOK_S=0.05, arguments=["--keep-runs=1"])
    first = ran(server)
    assert change(server, first, {"name": "  my\n\u202efirst ", "kept": True}).json()["kept"] is True
    second = ran(server)
    third = ran(server)
    wait_until(lambda: ids(server) == [third, first], "only the newest and the kept one are left")
    wait_until(lambda: listed(server, q="MY fir")["runs"][0]["findings"] is not None, "its trace has been read")
    (row,) = listed(server, q="MY fir")["runs"]
    assert (row["name"], row["kept"], row["title"], row["case"]) == ("my first", True, "The hello", None)
    assert (row["end"], row["limited"], row["findings"]) == ({"exit_code": 0}, None, [])
    assert row["duration_ns"] > 0
    assert change(server, first, {"name": ""}).json() | {"kept": True} == change(server, first, {"name": None}).json()
    assert ids(server, q="first") == []
    # What cannot be understood, or is too long, changes nothing.
    for body in ({}, [], {"name": 7}, {"kept": 1}, {"kept": None}, {"owner": "me"}, {"kept": False, "lesson": "x"}):
        assert change(server, first, body).status_code == 400, body
    assert change(server, first, {"name": "x" * 81}).status_code == 422
    assert (ids(server, kept=1), change(server, second, {"kept": True}).status_code) == ([first], 404)


def test_what_is_kept_is_bounded_where_many_keep(start: Serve) -> None:
    server = start(OWN_LAB=False, MAX_KEPT_PER_VIEWER=1, MAX_KEPT=2)
    runs = [ran(server) for _ in range(2)]
    assert [change(server, run_id, {"kept": True}).status_code for run_id in (*runs, runs[0])] == [200, 409, 200]
    second, third = server.other(), server.other()
    assert change(second, ran(second), {"kept": True}).status_code == 200
    assert "no room" in change(third, ran(third), {"kept": True}).json()["detail"]
    assert change(server, runs[0], {"kept": False}).status_code == 200
    assert change(third, ids(third)[0], {"kept": True}).status_code == 200


@pytest.mark.parametrize("way", ["threading"], indirect=True)
def test_search_understands_both_languages(start: Serve) -> None:
    server = start()
    hello = ran(server)
    steady = server.start("steady")
    server.wait_events(steady, 3)
    assert ids(server, q="课程 hello") == ids(server, q="The HELLO") == ids(server, lesson="hello") == [hello]
    assert ids(server, q="going on") == ids(server, q="正在运行") == [steady]
    assert remove(server, steady).status_code == 409
    server.stop(steady)
    server.wait_ended(steady)
    assert ids(server, q="stopp") == ids(server, q="被停止") == [steady]
    wait_until(lambda: listed(server, q="stopped")["runs"][0]["findings"] == [], "its trace is read")
    assert ids(server, lesson="-") == ids(server, q="deadlock") == ids(server, q="no such") == []
    found = listed(server)
    assert [(one["slug"], one["runs"]) for one in found["lessons"]] == [("hello", 1), ("steady", 1)]
    first, second = (listed(server, per_page=1, page=page) for page in (1, 2))
    assert [run["id"] for page in (first, second) for run in page["runs"]] == [steady, hello]
    assert (first["found"], listed(server, page="x", per_page=-3)["per_page"]) == (2, 1)


def test_on_ones_own_lab_anybody_deletes_a_run_and_its_link_says_so(start: Serve) -> None:
    first = start()
    run_id = ran(first)
    server = first.other()
    assert ids(server) == [run_id]
    assert requests.get(f"{server.url}/api/runs", timeout=PATIENCE_S).json()["total"] == 1
    assert remove(server, run_id).status_code == 204
    assert ids(server) == []
    page = server.http.get(f"{server.url}/runs/{run_id}?lang=en", timeout=PATIENCE_S)
    assert (page.status_code, "was removed" in page.text) == (404, True)
    assert (remove(server, run_id).status_code, remove(server, "nosuchrun").status_code) == (404, 404)
    # Without the page's token nothing is changed.
    for method in ("PATCH", "DELETE"):
        path = f"{server.url}/api/runs/{run_id}{'/record' if method == 'DELETE' else ''}"
        assert requests.request(method, path, json={"name": "x"}, timeout=PATIENCE_S).status_code == 403
