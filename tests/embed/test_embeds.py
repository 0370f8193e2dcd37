"""Pages for frames: who may frame what, parameters of any kind, and the answers to sites that ask for markup."""

import html
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import requests

from concurrency_lab.web.embeds import DEFAULT_PANELS, View
from concurrency_lab.web.guard import parent_origin
from tests.embed.conftest import PARENTS
from tests.web.lab_server import ROOT, LabServer


def get(server: LabServer, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=20)


def ancestors(answer: requests.Response) -> str:
    found = re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])
    assert found is not None
    return found[1]


def page_data(answer: requests.Response) -> dict[str, Any]:
    found = re.search(r'id="page-data">(.*?)</script>', answer.text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_only_listed_parents_frame_and_only_embeds(server: LabServer) -> None:
    listed = " ".join(("'self'", *PARENTS))
    for path in ("/embed/hello", "/embed/nothing-like-it", "/embed/runs/none", "/embed/", "/embed/a/b/c"):
        answer = get(server, path)
        assert ancestors(answer) == listed, path
        # A page that is isolated may frame us, too.
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    for path in (
        "/",
        "/lessons/hello",
        "/embed",
        "/embedded",
        "/static/embed.js",
        "/oembed",
        "/api/lessons",
        "/%65mbed",
    ):
        assert ancestors(get(server, path)) == "'none'", path
    assert get(server, "/lessons/hello").headers["Cross-Origin-Resource-Policy"] == "same-origin"
    script = get(server, "/static/embed.js")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    assert len(script.content) < 12_000
    assert "Access-Control-Allow-Origin" not in get(server, "/static/i18n/en.json", Origin=PARENTS[0]).headers


def test_a_frame_leaves_no_cookie_and_reads_none(server: LabServer) -> None:
    answer = get(server, "/embed/hello?lang=zh&theme=dark", Cookie="lab_lang=en; lab_theme=projector")
    assert not [name for name in answer.cookies if name in ("lab_lang", "lab_theme")]
    assert (page_data(answer)["lang"], page_data(answer)["theme"]) == ("zh", "dark")
    plain = get(server, "/embed/hello", **{"Cookie": "lab_lang=zh; lab_theme=projector", "Accept-Language": "en"})
    assert (page_data(plain)["lang"], page_data(plain)["theme"]) == ("en", "")
    assert page_data(plain)["embed"]["parents"] == list(PARENTS)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "1e9", "\uff19", "9" * 400, "none,none", "a\x00b", "<script>", "%ff", "NaN", "٣"]
)
def test_no_parameter_breaks_the_page(server: LabServer, text: str) -> None:
    names = ("lang", "theme", "panels", "autoplay", "t", "height", "controls")
    answer = requests.get(f"{server.url}/embed/hello", params=dict.fromkeys(names, text), timeout=20)
    assert answer.status_code == 200
    facts = page_data(answer)["embed"]
    assert facts["panels"] == list(DEFAULT_PANELS)
    assert facts["controls"] == "full"
    assert facts["autoplay"] is False
    assert (facts["t_s"], facts["height_px"]) == (None, None)


def test_parameters_are_read(server: LabServer) -> None:
    asked = {
        "panels": "console,<b>,source,console",
        "autoplay": "1",
        "t": "1.25",
        "height": "99999",
        "controls": "none",
    }
    assert View.of(asked) == View(("console", "source"), True, 1.25, 2000, "none")
    assert View.of({"panels": "none", "height": "1"}) == View((), False, None, 160, "full")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://courses.example.org", "https://courses.example.org"),
        ("HTTPS://Courses.Example.org/", "https://courses.example.org"),
        ("http://localhost:8888", "http://localhost:8888"),
        ("http://[::1]:8888", "http://[::1]:8888"),
        ("https://*.example.edu", "https://*.example.edu"),
        ("*", "*"),
    ],
)
def test_an_origin_is_understood(text: str, origin: str) -> None:
    assert parent_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["", "courses.example.org", "https://a.org/path", "https://a.org; script-src *", "https://*", "javascript:1",
     "https://a.*.org", "'self'", "https://a.org b.org", "https://a.org\r\nX: y", "https://u@a.org"],
)  # fmt: skip
def test_what_is_no_origin_never_reaches_a_header(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        parent_origin(text)


def test_serve_refuses_what_is_no_origin() -> None:
    command = [sys.executable, str(ROOT / "app.py"), "--allow-parent", "courses.example.org"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "https://courses.example.org" in done.stderr


# -- oEmbed ---------------------------------------------------------------------------------------------


def test_a_page_names_its_oembed_endpoint_and_that_answers(server: LabServer) -> None:
    lesson = get(server, "/lessons/hello").text
    links = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]*" href="([^"]+)"', lesson)
    assert [kind for kind, _ in links] == ["application/json+oembed", "text/xml+oembed"]
    as_json, as_xml = (requests.get(html.unescape(link), timeout=20) for _, link in links)
    facts = as_json.json()
    assert (facts["version"], facts["type"], facts["title"]) == ("1.0", "rich", "The hello")
    assert f'src="{server.url}/embed/hello"' in facts["html"]
    for part in ('title="The hello', 'loading="lazy"', 'sandbox="allow-scripts', 'width="800"'):
        assert part in facts["html"]
    assert as_xml.headers["Content-Type"].startswith("text/xml")
    assert {child.tag: child.text for child in ElementTree.fromstring(as_xml.text)} == {
        name: str(value) for name, value in facts.items()
    }


def test_oembed_heeds_what_it_is_asked(server: LabServer) -> None:
    def ask(url: str, **more: str) -> requests.Response:
        return requests.get(f"{server.url}/oembed", params={"url": url, **more}, timeout=20)

    address = f"{server.url}/lessons/hello?lang=zh&theme=dark"
    small = ask(address, maxwidth="400", maxheight="300").json()
    assert (small["width"], small["height"], small["title"]) == (400, 300, "课程 hello")
    assert f'src="{server.url}/embed/hello?lang=zh&amp;theme=dark"' in small["html"]
    # Behind a proxy that speaks TLS the site knows better than we which scheme it is.
    assert 'src="https://' in ask(address.replace("http://", "https://")).json()["html"]
    strange = [
        "",
        "x",
        "http://evil.example/lessons/hello",
        "http://[",
        server.url.replace("//", "//u@") + "/lessons/hello",
    ]
    for url in [*strange, *(server.url + path for path in ("/", "/lessons/none", "/runs/none"))]:
        assert ask(url).status_code == 404, url
    assert ask(address, format="yaml").status_code == 501
    assert ask(address, maxwidth="-5", maxheight="<b>").json()["width"] == 800
