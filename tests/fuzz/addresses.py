"""Paths and what stands behind the question mark."""

import re
from typing import Any
from urllib.parse import quote

from tests.fuzz.harness import Wrong
from tests.fuzz.making import Maker
from tests.fuzz.server import ClientTarget


class Addresses(ClientTarget):
    """Addresses: of pages, the API, files, and what embeds them."""

    name = "addresses"
    _BEGINNINGS = (
        "/lessons/{}",
        "/lessons/{}/sheet",
        "/runs/{}",
        "/api/runs/{}",
        "/api/runs/{}/trace",
        "/api/runs/{}/outcomes",
        "/api/lessons/{}",
        "/primitives/{}",
        "/embed/{}",
        "/embed/lessons/{}",
        "/embed/runs/{}",
        "/playground/{}",
        "/api/snippets/{}",
        "/api/runs/{}/export/csv",
        "/api/runs/x/export/{}",
        "/static/{}",
        "/static/build/{}",
        "/static/i18n/{}",
        "/{}",
        "{}",
        "/healthz{}",
        "/metrics{}",
        "/socket.io/{}",
    )
    _NAMES = (
        "lang",
        "theme",
        "t",
        "t2",
        "panels",
        "autoplay",
        "height",
        "width",
        "with",
        "case",
        "presenter",
        "sid",
        "EIO",
        "transport",
        "token",
    )
    _VALUES = (
        "en",
        "zh",
        "dark",
        "light",
        "1",
        "0",
        "-1",
        "1e9",
        "source,console",
        "100%",
        "NaN",
        "12.5s",
        "polling",
        "websocket",
        "4",
    )

    def make(self, maker: Maker) -> Any:
        path = str(maker.one_of(self._BEGINNINGS)).replace("{}", self._segment(maker))
        if maker.chance(0.7):
            pairs = [self._pair(maker) for _ in range(1 + maker.below(5))]
            path += "?" + str(maker.one_of(("&", "&", ";", "?"))).join(pairs)
        # A request line has neither control characters nor spaces; what has is the HTTP target's concern.
        path = re.sub(r"[^!-~]", "", path)
        headers = {}
        if maker.chance(0.3):
            cookie = re.sub(
                r"[^ -~\x80-\xff]", "", f"lab_lang={maker.text()}; lab_viewer={maker.text()}; {maker.text()}"
            )
            headers["Cookie"] = cookie
        if maker.chance(0.3):
            headers["Accept-Language"] = re.sub(r"[^ -~\x80-\xff]", "", maker.text() + ";q=" + str(maker.number()))
        return str(maker.one_of(("GET", "GET", "HEAD", "OPTIONS"))), "/" + path.lstrip("/"), headers

    def _pair(self, maker: Maker) -> str:
        value = str(maker.one_of(self._VALUES)) if maker.chance(0.4) else self._segment(maker)
        return (str(maker.one_of(self._NAMES)) if maker.chance(0.9) else self._segment(maker)) + "=" + value

    @staticmethod
    def _segment(maker: Maker) -> str:
        way = maker.below(6)
        text = maker.text()
        if way == 0:
            return str(
                maker.one_of(
                    (
                        "fork-twice",
                        "deadlock",
                        "threading.Lock",
                        "%00",
                        "%ff%fe",
                        "%c0%ae%c0%ae/",
                        "..%2f" * 9,
                        "%",
                        "%zz",
                        "%25%32%65",
                    )
                )
            )
        if way == 1:
            return text.encode("utf-8", "surrogatepass").decode("latin-1")
        if way == 2:
            return quote(maker.data(20))
        return quote(text.encode("utf-8", "surrogatepass"), safe="/" if way == 3 else "")

    def try_case(self, case: Any) -> None:
        method, path, headers = case
        answer = self.ask(method, path, None, headers)
        said = answer.read()
        self.count_status(answer.status, said)
        if b"<fuzz>" in said and "html" in answer.headers.get("Content-Type", ""):
            raise Wrong(f"the page holds what the address says as HTML: {said[said.index(b'<fuzz>') - 100 :]!r:.300}")
        if b"root:x:0" in said or b"SPDX" in said:
            raise Wrong("a file outside of static/ is given")
        self.look_at_log()
