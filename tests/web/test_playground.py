"""Code of one's own through the API and the pages: run, refused with its place, shared; and all of it switched off."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from concurrency_lab.store import Snippets, Store, UnknownSnippet
from concurrency_lab.supervisor.spec import Limits, RunSpec
from concurrency_lab.trace import codec
from concurrency_lab.web import aio
from concurrency_lab.web.examples import read_examples
from concurrency_lab.web.playground import MOST_BYTES
from concurrency_lab.web.runner import Caps, Program, Runner
from concurrency_lab.web.syntax import GaveUp, Mistake, SyntaxChecker
from concurrency_lab.web.syntax_words import in_chinese
from tests.pythons import PYTHONS
from tests.web.lab_server import ROOT, LabServer, serving

EXAMPLES = ROOT / "static/examples"
VERSION = sys.version.split()[0]
RACE = """
import threading
total = 0
def add():
    global total
    total += 1
threads = [threading.Thread(target=add) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.fixture(scope="module")
def open_lab(tmp_path_factory: pytest.TempPathFactory, way: str) -> Iterator[LabServer]:
    """One server with the playground on."""
    with serving(tmp_path_factory.mktemp("lab") / "data", way, PLAYGROUND=True) as server:
        yield server


def post(server: LabServer, path: str, body: Any, status: int, **options: Any) -> dict[str, Any]:
    """Send JSON, or bytes as they are; return the answer, which must have this status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = server.http.post(server.url + path, data=data, timeout=30, **options)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    told: dict[str, Any] = answer.json()
    return told


def get(server: LabServer, path: str, status: int = 200) -> Any:
    answer = server.http.get(server.url + path, timeout=20)
    assert answer.status_code == status, path
    return answer


def run(server: LabServer, code: str, **switches: bool) -> codec.Trace:
    """Run code to its end; return its trace."""
    run_id = post(server, "/api/runs", {"code": code, **switches}, 201)["id"]
    server.wait_ended(run_id)
    return codec.read(server.trace(run_id))


def printed(trace: codec.Trace) -> str:
    return "".join(event["text"] for event in trace.events if event["kind"] == "output.written")


# -- what is run ---------------------------------------------------------------------------------------------


def test_code_is_run_and_its_run_is_kept_like_any_other(open_lab: LabServer) -> None:
    code = "print('你好', 1 + 1)\nraise SystemExit(3)\n"
    trace = run(open_lab, "\ufeff" + code)
    assert trace.header["source"] == {"program.py": code}
    assert printed(trace) == "你好 2\n"
    assert (trace.events[-1]["kind"], trace.events[-1]["exit_code"]) == ("run.ended", 3)
    run_id = trace.header["run"]
    assert open_lab.run(run_id)["lesson"] is None
    assert f"/playground?run={run_id}" in get(open_lab, f"/runs/{run_id}").text
    assert open_lab.page(f"/playground?run={run_id}")["playground"]["code"] == code
    came_to = get(open_lab, f"/api/runs/{run_id}/outcomes").json()
    assert (came_to["output"], came_to["ended"]["exit_code"], came_to["answers"]) == ("你好 2", 3, {})


def test_races_and_step_are_switches(open_lab: LabServer) -> None:
    def watched(trace: codec.Trace) -> bool:
        return any(event["kind"] in ("variable.read", "variable.written") for event in trace.events)

    assert not watched(run(open_lab, RACE))
    assert watched(run(open_lab, RACE, races=True))
    assert run(open_lab, RACE, step=True).header["step"]


class Asked(Exception):
    """Stops a run where the warden would begin it."""


class Refusing:
    """Stands in for the warden: keeps what it was asked for."""

    def __init__(self) -> None:
        self.specs: list[RunSpec] = []

    def run(self, spec: RunSpec) -> Any:
        self.specs.append(spec)
        raise Asked


def test_a_jailed_program_is_asked_for_as_one(tmp_path: Path) -> None:
    warden, store = Refusing(), Store(tmp_path / "runs.sqlite")
    caps = Caps(8, 8, 8, None, 8, Limits(), Limits(), None)
    runner = Runner(warden, store, aio.ThreadedAio(), None, tmp_path / "programs", caps)  # type: ignore[arg-type]
    for program in (Program("", None, {}), Program("", None, {}, jail=True, name="mine.py")):
        with pytest.raises(Asked):
            runner.start(program)
    store.close()
    assert [(spec.jail, Path(spec.program).name) for spec in warden.specs] == [(False, "program.py"), (True, "mine.py")]
    assert RunSpec.from_json(warden.specs[1].to_json()).jail


# -- what is refused -----------------------------------------------------------------------------------------


def test_a_syntax_error_is_told_at_its_place_in_both_languages(open_lab: LabServer) -> None:
    body = {"code": "import os\nprint((1, 2)\n"}
    told = post(open_lab, "/api/runs?lang=en", body, 422)
    assert (told["line"], told["column"], told["python"]) == (2, 6, VERSION)
    assert told["detail"] == f"Line 2, column 6: '(' was never closed (says Python {VERSION}). Nothing was run."
    assert post(open_lab, "/api/runs?lang=zh", body, 422)["detail"] == told["words"]["zh"]
    assert told["words"]["zh"].startswith(f"第 2 行第 6 列：“(”没有闭合。（Python {VERSION} 的原话：")
    assert post(open_lab, "/api/runs", {"code": "x = '😀' ，1"}, 422)["column"] == 9


@pytest.mark.parametrize("path", ["/api/runs", "/api/snippets"])
def test_what_is_no_program_is_refused_with_a_sentence(open_lab: LabServer, path: str) -> None:
    for code in ("", " \n\t", "\ufeff"):
        assert "no program" in post(open_lab, path, {"code": code}, 422)["detail"]
    assert str(MOST_BYTES + 1) in post(open_lab, path, {"code": "#" * (MOST_BYTES + 1)}, 413)["detail"]
    assert str(MOST_BYTES + 2) in post(open_lab, path, {"code": "é" * (MOST_BYTES // 2 + 1)}, 413)["detail"]
    told = post(open_lab, path, {"code": "x = 1\ny = '\0'"}, 422)
    assert (told["line"], told["column"]) == (2, 6)
    told = post(open_lab, path, b'{"code": "a\\n\\ud800"}', 422)
    assert (told["line"], told["column"]) == (2, 1)
    assert "UTF-8" in post(open_lab, path, b'{"code": "\xff"}', 400)["detail"]
    assert "code" in post(open_lab, path, {"code": 7}, 400)["detail"]
    post(open_lab, path, b"[" * 100_000, 400)
    post(open_lab, path, b" " * (7 * MOST_BYTES), 413)


def test_what_is_no_request_is_refused(open_lab: LabServer) -> None:
    post(open_lab, "/api/runs", {"code": "1", "races": "yes"}, 400)
    post(open_lab, "/api/runs", {"code": None}, 400)
    post(open_lab, "/api/runs", b'{"lesson": "\\ud800"}', 404)
    assert post(open_lab, "/api/snippets", {"code": "1"}, 403, headers={"X-Lab-Token": "x"})


def test_the_longest_program_is_run(open_lab: LabServer) -> None:
    """Also where every character of it is written in six."""
    code = "print()\n#" + "\x01" * (MOST_BYTES - 9)
    assert run(open_lab, code).header["source"]["program.py"] == code


# Compiled in the server's own process, some of these would end it.
DEEP = ("(" * 60_000, "-" * 60_000 + "1", "+".join("1" * 32_000), "a" + ".b" * 32_000, "lambda:" * 9000 + "1")
TANGLED = ("# coding: nonsense\nx", "# coding: bz2\nx", "# coding: punycode\n" + "a-" * 30_000, "\x0c x")


def test_no_program_can_hang_or_end_the_server(open_lab: LabServer) -> None:
    """Each is refused, and others are served meanwhile."""
    with ThreadPoolExecutor(len(DEEP + TANGLED)) as pool:
        told = pool.map(lambda code: post(open_lab, "/api/runs", {"code": code}, 422), DEEP + TANGLED)
        assert get(open_lab, "/healthz").json()["status"] == "ok"
        assert all("Python" in each["detail"] for each in told)
    assert open_lab.process.poll() is None
    assert printed(run(open_lab, "print(5)")) == "5\n"


WRONG = {
    "x = (": 1, "x = 1)": 1, "a = [1, 2}": 1, "if x\n    pass": 1, "if x:\npass": 2, "def f():\npass": 2,
    "x = 1\n  y = 2": 2, "x = 'abc": 1, "print 'a'": 1, "return 1": 1, "break": 1, "print(a b)": 1,
    "if x = 1: pass": 1, "x = 1，2": 1, "f() = 1": 1, "def f(a=1, b): pass": 1, "f(a=1, 2)": 1, "1a": 1,
    "try:\n    x\ny": 3, "def f():\n    x = 1\n    global x": 3, "f'{a'": 1, "if 1:\n        x\n    y": 3,
}  # fmt: skip


@pytest.mark.parametrize("version", PYTHONS)
def test_every_python_says_where_and_we_say_it_in_chinese(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", PYTHONS[version])
    checker = SyntaxChecker(aio.ThreadedAio())
    for code, line in WRONG.items():
        verdict = checker.check(code)
        assert isinstance(verdict, Mistake), code
        assert verdict.line == line, code
        assert verdict.python.startswith(version)
        assert in_chinese(verdict.said) != in_chinese("something new"), verdict.said
    assert checker.check("match x:\n    case 1: pass") is None
    assert isinstance(checker.check("-" * 60_000 + "1"), GaveUp | Mistake)


# -- what is shared ------------------------------------------------------------------------------------------


def test_a_program_is_shared_by_an_id(open_lab: LabServer) -> None:
    code = "print('分享')\r\n# not even Python: (\n"
    shared = post(open_lab, "/api/snippets", {"code": code}, 201)
    assert shared["url"] == f"/playground/{shared['id']}"
    assert len(shared["id"]) >= 14
    assert post(open_lab, "/api/snippets", {"code": code}, 201) == shared, "the same program has the same link"
    assert post(open_lab, "/api/snippets", {"code": code + "#"}, 201)["id"] != shared["id"]
    assert get(open_lab, f"/api/snippets/{shared['id']}").json()["code"] == code
    assert open_lab.page(shared["url"])["playground"]["code"] == code
    for path in ("/playground/nobody", "/api/snippets/nobody", "/playground?lesson=nobody", "/playground?run=nobody"):
        get(open_lab, path, 404)


def test_what_was_shared_longest_ago_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(10, 99))
    monkeypatch.setattr("concurrency_lab.store.snippets.now", lambda: f"2026-01-01T00:00:{next(times)}Z")
    store = Store(tmp_path / "runs.sqlite")
    # Hexadecimal digits of chance are packed to half: some 500 bytes each.
    snippets = Snippets(tmp_path, store._engine, most_bytes=2000)
    first, second, _third = [snippets.share(os.urandom(450).hex()) for _ in range(3)]
    assert snippets.share(first.code).id == first.id
    newest = [snippets.share(os.urandom(450).hex()) for _ in range(2)]
    with pytest.raises(UnknownSnippet):
        snippets.get(second.id)
    store.close()
    # As after a new start of the server.
    store = Store(tmp_path / "runs.sqlite")
    for kept in (first, *newest):
        assert store.snippets.get(kept.id).code == kept.code
    store.close()


# -- the pages, and the switch -------------------------------------------------------------------------------


def test_the_editor_may_write_its_style_and_nobody_else(open_lab: LabServer) -> None:
    answer = get(open_lab, "/playground")
    nonce = json.loads(answer.text.partition('id="page-data">')[2].partition("</script>")[0])["playground"]["nonce"]
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'self' 'nonce-{nonce}'; " in policy
    assert "unsafe" not in policy
    assert nonce not in get(open_lab, "/playground").headers["Content-Security-Policy"]


def test_a_lesson_can_be_edited(open_lab: LabServer) -> None:
    assert '/playground?lesson=hello"' in get(open_lab, "/lessons/hello").text
    page = open_lab.page("/playground?lesson=hello&lang=zh")
    assert "range(LINES)" in page["playground"]["code"]
    assert page["playground"]["title"] == "课程 hello"


def test_switched_off_it_says_how_to_switch_it_on(server: LabServer) -> None:
    for path in ("/playground", "/playground/abc", "/playground?lesson=hello"):
        assert "python app.py --playground" in get(server, path, 403).text
    get(server, "/api/snippets/abc", 403)
    for path in ("/api/runs", "/api/snippets"):
        assert "--playground" in post(server, path, {"code": "print(1)"}, 403)["detail"]
    assert "/playground" not in get(server, "/lessons/hello").text
    assert get(server, "/healthz").json()["runs"] == 0


# -- the examples --------------------------------------------------------------------------------------------


def test_every_example_is_titled_in_both_languages_and_runs() -> None:
    examples = read_examples(EXAMPLES)
    assert len(examples) >= 6
    for one in examples.values():
        assert ast.get_docstring(ast.parse(one["code"])) == f"{one['en']}\n{one['zh']}"
        assert one["en"].isascii()
        assert not one["zh"].isascii()
    started = {
        path.name: subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for path in sorted(EXAMPLES.glob("*.py"))
    }
    for name, process in started.items():
        output, complaints = process.communicate(timeout=50)
        assert (process.returncode, complaints) == (0, ""), name
        assert output, name
