"""Every error is told: problem details for programs, a page for people, a sentence in the reader's language."""

import json
import resource
from collections.abc import Callable
from typing import Any

import requests

from tests.web.lab_server import LabServer, wait_until
from tests.web.watcher import Collector

Serve = Callable[..., LabServer]


def problem(server: LabServer, method: str, path: str, status: int, **options: Any) -> dict[str, Any]:
    """Send a request that must fail; return its problem."""
    answer = server.http.request(method, server.url + path, timeout=10, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail"}
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return body


def test_errors_of_the_api_are_problem_details(server: LabServer) -> None:
    assert "no-such" in problem(server, "GET", "/api/lessons/no-such", 404)["detail"]
    assert "nobody" in problem(server, "GET", "/api/runs/nobody", 404)["detail"]
    problem(server, "GET", "/api/runs/nobody/trace", 404)
    problem(server, "DELETE", "/api/runs/nobody", 404)
    problem(server, "GET", "/api/nothing", 404)
    problem(server, "PUT", "/api/runs", 405)
    problem(server, "POST", "/api/lessons", 405)
    problem(server, "POST", "/api/runs", 404, json={"lesson": "no-such"})
    for body in ("", "{", "[]", "null", '{"lesson": 7}', '{"lesson": "hello", "params": []}'):
        headers = {"Content-Type": "application/json"}
        problem(server, "POST", "/api/runs", 400, data=body, headers=headers)
    problem(server, "POST", "/api/runs", 400, data=b"\xff\xfe")
    assert "65536" in problem(server, "POST", "/api/runs", 413, data=b"x" * 100_000)["detail"]


def test_a_wrong_parameter_is_named(server: LabServer) -> None:
    body = {"lesson": "hello", "params": {"lines": "many"}}
    told = problem(server, "POST", "/api/runs", 422, json=body)
    assert told["errors"] == [{"name": "lines", "detail": "A number from 1 to 600000 is needed."}]
    told = problem(server, "POST", "/api/runs?lang=zh", 422, json=body)
    assert told["errors"][0]["detail"].startswith("需要")
    assert "参数" in told["detail"]


def test_sentences_come_in_the_language_of_the_request(server: LabServer) -> None:
    for options in ({"params": {"lang": "zh"}}, {"headers": {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}}):
        assert "课程" in problem(server, "GET", "/api/lessons/no-such", 404, **options)["detail"]
    headers = {"Accept-Language": "zh"}
    assert "There is no" in problem(server, "GET", "/api/lessons/x?lang=en", 404, headers=headers)["detail"]


def test_an_unexpected_error_shows_no_traceback(serve: Serve) -> None:
    server = serve()
    server.is_wrong = True
    body = problem(server, "POST", "/api/runs", 500, json={"lesson": "broken"})
    assert "log" in body["detail"]
    assert "this lesson is broken" in server.errors()
    server.wait_ended(server.start("hello"))


def test_a_disk_that_takes_no_more_ends_the_run_and_says_so(serve: Serve) -> None:
    server = serve(MADE_STREAMS=True)
    run_id = server.start("hello", lines=100_000, per_second=1000)
    watcher = Collector(server.url, server.token, run_id)
    watcher.start()
    server.wait_events(run_id, 100)
    # Who comes when the run has ended is not told why: that was not recorded.
    wait_until(lambda: watcher.events, "the watcher is told of the run")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, 1))
    seen = watcher.result()
    assert watcher.ended is not None
    assert watcher.ended["status"] == "interrupted"
    assert "cannot be" in watcher.ended["text"]
    assert "record" in problem(server, "POST", "/api/runs", 500, json={"lesson": "hello"})["detail"]
    server.end()

    server = serve()
    assert server.run(run_id)["status"] == "interrupted"
    assert [json.loads(line) for line in server.trace(run_id)[1:]][: len(seen)] == seen


def test_pages_and_their_errors_are_for_people(server: LabServer) -> None:
    page = server.page("/lessons/hello", **{"Accept-Language": "zh-CN"})
    assert (page["kind"], page["lang"], page["lesson"]["title"]) == ("lesson", "zh", "课程 hello")
    assert page["lesson"]["prose_html"] == "<p>运行 <em>hello</em></p>\n"
    assert "&lt;b&gt;now&lt;/b&gt;" in server.page("/lessons/hello?lang=en")["lesson"]["prose_html"]
    assert [lesson["slug"] for lesson in server.page("/")["lessons"]] == ["hello", "steady", "family", "broken"]
    run_id = server.start("hello")
    assert server.page(f"/runs/{run_id}")["run"]["id"] == run_id
    for path in ("/lessons/no-such", "/runs/nobody", "/nowhere"):
        answer = server.http.get(server.url + path, params={"lang": "zh"}, timeout=10)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")
        assert '<html lang="zh-CN"' in answer.text
    server.wait_ended(run_id)


def test_a_choice_is_remembered(server: LabServer) -> None:
    with requests.Session() as browser:
        first = browser.get(f"{server.url}/?lang=zh&theme=dark", timeout=10)
        assert 'data-theme="dark"' in first.text
        second = browser.get(f"{server.url}/", timeout=10)
        assert 'data-theme="dark"' in second.text
        assert '<html lang="zh-CN"' in second.text
        assert 'data-theme="dark"' in browser.get(f"{server.url}/?theme=pink", timeout=10).text
