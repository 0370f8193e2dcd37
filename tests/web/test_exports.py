"""Exports over HTTP: the same bytes as from the room itself, called in the reader's language, refused in a sentence."""

import io
from urllib.parse import unquote

import pytest

from concurrency_lab.export import EXPORTS, About
from tests.web.lab_server import LabServer

SERVED = [name for name, exporter in EXPORTS.items() if exporter.is_served]
TITLE = {"en": "The hello", "zh": "课程 hello"}


@pytest.fixture(scope="module")
def run_id(server: LabServer) -> str:
    run_id = server.start("hello")
    server.wait_ended(run_id)
    return run_id


@pytest.mark.parametrize("name", SERVED)
def test_a_run_comes_as_the_file_that_the_room_makes(server: LabServer, run_id: str, name: str) -> None:
    answer = server.http.get(f"{server.url}/api/runs/{run_id}/export/{name}?lang=zh", timeout=20)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == EXPORTS[name].media_type
    wanted = io.BytesIO()
    EXPORTS[name].write(server.trace(run_id), wanted, About(TITLE, "zh"))
    assert answer.content == wanted.getvalue()
    called = answer.headers["Content-Disposition"]
    assert called.startswith(f'attachment; filename="hello-{run_id}{EXPORTS[name].suffix}"; ')
    assert unquote(called.partition("filename*=UTF-8''")[2]) == f"课程-hello-{run_id}{EXPORTS[name].suffix}"


def test_a_run_that_goes_on_comes_as_far_as_it_has(server: LabServer) -> None:
    run_id = server.start("steady")
    server.wait_events(run_id, 1)
    for name in SERVED:
        assert server.http.get(f"{server.url}/api/runs/{run_id}/export/{name}", timeout=20).status_code == 200
    server.stop(run_id)
    server.wait_ended(run_id)


@pytest.mark.parametrize("name", ["svg", "png", "nothing"])
def test_what_the_server_does_not_make_is_said(server: LabServer, run_id: str, name: str) -> None:
    answer = server.http.get(f"{server.url}/api/runs/{run_id}/export/{name}?lang=en", timeout=10)
    assert answer.status_code == 404
    assert ", ".join(SERVED) in answer.json()["detail"]


def test_no_run_no_export(server: LabServer) -> None:
    answer = server.http.get(f"{server.url}/api/runs/nosuchrun/export/html?lang=en", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
