"""What is posted to the server: parameters of lessons, and pasted code."""

import contextlib
import functools
import json
from collections.abc import Iterator
from typing import Any

from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.web import DEFAULTS
from tests.fuzz.harness import NotThere, Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ClientTarget

_MOST_BODY = 64 * 1024


@functools.cache
def _lessons() -> list[Any]:
    return list(load_catalogue(()).lessons)


class _Posts(ClientTarget):
    """Posts bodies to /api/runs; no run is real."""

    expected: tuple[int, ...] = (201, 400, 404, 413, 422)

    def try_case(self, case: Any) -> None:
        body, lang = case
        headers = {"X-Lab-Token": self.token, "Content-Type": "application/json", "Accept-Language": lang}
        answer = self.ask("POST", "/api/runs", body, headers)
        said = answer.read()
        self.count_status(answer.status, said)
        if answer.status not in self.expected:
            raise Wrong(f"the answer says {answer.status} {said!r:.300}")
        if not isinstance(json.loads(said), dict):
            raise Wrong(f"the answer is {said!r:.300}")
        self.look_at_log()


class Parameters(_Posts):
    """Lessons' parameters."""

    name = "parameters"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._lessons = _lessons()

    def make(self, maker: Maker) -> Any:
        return self._body(maker), str(maker.one_of(("en", "zh", "", "x;q=9")))

    def _body(self, maker: Maker) -> bytes:
        way = maker.random.random()
        if way < 0.02:
            return str(maker.one_of(("[", '{"a":', "{}", "[1,", '"'))).encode() * maker.one_of((1, 100, 10_000))
        if way < 0.03:
            return b" " * maker.one_of((_MOST_BODY - 1, _MOST_BODY, _MOST_BODY + 1))
        if way < 0.1:
            # Not the same writer each time: also lone surrogates as they are.
            return json.dumps(maker.value(4), ensure_ascii=False).encode("utf-8", "surrogatepass")[:_MOST_BODY]
        text = json.dumps(self._request(maker)).encode()
        return maker.mutated(text) if way < 0.3 else text

    def _request(self, maker: Maker) -> dict[str, Any]:
        lesson = maker.one_of(self._lessons)
        names = [param.name for param in lesson.params]
        params: Any = {}
        # Few requests without any: those start a run, which takes ten times as long as a refusal.
        for _ in range(maker.below(5) or maker.chance(0.9)):
            params[maker.one_of(names) if names and maker.chance(0.9) else maker.text()] = maker.value()
        made = {
            "lesson": lesson.slug if maker.chance(0.9) else maker.value(),
            "params": params if maker.chance(0.9) else maker.value(),
        }
        if maker.chance(0.3):
            made["case"] = maker.one_of(list(lesson.cases)) if maker.chance(0.5) else maker.value()
        if maker.chance(0.1):
            made[maker.text()] = maker.value()
        return made


class Pasted(_Posts):
    """Pasted code, as the playground takes it."""

    name = "pasted-code"
    settings = ClientTarget.settings | {"PLAYGROUND": True}
    _PIECES = (
        "print('x')\n",
        "import ctypes; ctypes.string_at(0)\n",
        "def f(): f()\nf()\n",
        "if True:\n",
        "\tx\n  y\n",
        "(" * 300,
        "1+" * 5000,
        "-" * 9000,
        "x=" * 3000 + "1",
        "lambda:" * 2000,
        "f'" + "{f'" * 200,
        "'''",
        "#coding: utf-7\n",
        "# -*- coding: nonsense -*-\n",
        "\\",
        "\0",
        "\ufeff",
        "\f",
        "await x\n",
        "return\n",
        "global x\n",
        "nonlocal x\n",
        "import concurrency_lab\n",
        "9" * 5000,
        "async def f(): yield\n",
        "match x:\n case",
        "\ud800",
        "\u202e",
        "x = 1\r",
        "\x1a",
        "a.b" * 3000,
        "[" * 3000 + "]" * 3000,
        "not " * 5000,
        "*" * 100,
        "1if 1else 2",
    )

    @contextlib.contextmanager
    def ready(self) -> Iterator[None]:
        if "PLAYGROUND" not in DEFAULTS:
            raise NotThere("the playground")
        with super().ready():
            yield

    def make(self, maker: Maker) -> Any:
        way = maker.random.random()
        if way < 0.05:
            code: Any = maker.value()
        elif way < 0.08:
            code = "#" * maker.one_of((_MOST_BODY // 2, _MOST_BODY - 20, _MOST_BODY, _MOST_BODY + 1))
        elif way < 0.4:
            code = "".join(maker.text() for _ in range(maker.below(6)))
        else:
            code = "".join(maker.one_of(self._PIECES) for _ in range(1 + maker.below(5)))
        return json.dumps({"code": code}).encode(), str(maker.one_of(("en", "zh")))
