"""A lab in a page of another origin: what it tells, what it does, who may show it, and what is there without it."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Frame, FrameLocator, Page, expect

from tests.browser.conftest import PATIENCE_S, Lab, Site, serving_files
from tests.browser.test_everyone import AXE, violations
from tests.browser.test_runs import run_to_its_end

LESSON = "thread-start-join"
# Of every message.
SOURCE = {"source": "concurrency-lab", "version": 1}


def element(lab: Lab, attributes: str) -> str:
    return f'<script src="{lab.url}/static/embed.js" async></script><concurrency-lab {attributes}></concurrency-lab>'


def eventually(page: Page, look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (value := look()):
        assert time.monotonic() < deadline, "never became true"
        page.wait_for_timeout(20)
    return value


def heard(page: Page, kind: str) -> list[dict[str, Any]]:
    """Return what the page was told of one kind, in order."""
    said = page.evaluate("heard")
    return [data for _, data in said if isinstance(data, dict) and data.get("type") == kind]


def told(page: Page, kind: str, count: int = 1) -> dict[str, Any]:
    """Wait until the page was told so many of one kind; return the last."""
    messages: list[dict[str, Any]] = eventually(page, lambda: found if len(found := heard(page, kind)) >= count else [])
    return messages[-1]


def put_recording(lab: Lab, folder: Path, name: str = "run.html") -> None:
    """Put the one-file replay of a run beside the pages of a site, as docs/embedding.md has it."""
    answer = lab.get("/api/runs/kitchen/export/html")
    assert answer.status_code == 200
    (folder / name).write_bytes(answer.content)


def expect_recording(frame: FrameLocator) -> None:
    """See that the replay works inside of the element's frame: it is all there, and steps."""
    content = frame.locator("#content")
    expect(content).to_have_attribute("data-phase", "ended")
    canvas = frame.locator("#timeline canvas")
    canvas.press("Home")
    first = canvas.evaluate("() => __lab.cursorNs()")
    for _ in range(5):
        canvas.press(".")
    assert canvas.evaluate("() => __lab.cursorNs()") > first


def frame_of(page: Page, part: str) -> Frame:
    frame: Frame = eventually(page, lambda: next((one for one in page.frames if part in one.url), None))
    return frame


def test_a_page_of_another_origin_is_told_and_asks(page: Page, lab: Lab, site: Site) -> None:
    page.goto(site.write("talk.html", element(lab, 'run="kitchen" lang="en" theme="light"')))
    assert told(page, "ready") == SOURCE | {
        "type": "ready", "lesson": None, "run": "kitchen", "lang": "en", "theme": "light",
    }  # fmt: skip
    ended = told(page, "ended")
    assert (ended["run"], ended["status"], ended["exitCode"]) == ("kitchen", "finished", 0)
    assert ended["events"] == lab.run("kitchen")["events"]
    assert {origin for origin, _ in page.evaluate("heard")} == {lab.url}
    # It takes the height that it asks for.
    eventually(page, lambda: page.evaluate(HEIGHT) == heard(page, "resize")[-1]["height"])
    asked = "document.querySelector('concurrency-lab')"
    page.evaluate(f"{asked}.seek(0)")
    assert told(page, "step")["seconds"] == 0
    page.evaluate(f"{asked}.step()")
    first = told(page, "step", 2)
    assert first["run"] == "kitchen"
    assert first["kind"]
    assert first["text"]
    assert first["seconds"] >= 0
    page.evaluate(f"{asked}.step(-1)")
    page.evaluate(f"{asked}.setTheme('dark')")
    frame = frame_of(page, "/embed/runs/kitchen")
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    page.evaluate(f"{asked}.seek(0)")
    page.evaluate(f"{asked}.play()")
    eventually(page, lambda: frame.evaluate("__lab.travel().playing"))
    page.evaluate(f"{asked}.pause()")
    eventually(page, lambda: not frame.evaluate("__lab.travel().playing"))
    # Who steps by hand in the frame is told of, too; and what is no command of ours does nothing.
    page.evaluate(f"{asked}.seek(0.1)")
    eventually(page, lambda: heard(page, "step")[-1]["seconds"] > 0.05)
    frame.locator(".travel-toStart").click()
    eventually(page, lambda: heard(page, "step")[-1]["seconds"] <= first["seconds"])
    before = len(heard(page, "step"))
    for nonsense in (
        {"type": "set-theme", "theme": "light"},
        SOURCE | {"type": "set-theme", "theme": "<b>"},
        SOURCE | {"type": "step", "by": "1"},
        SOURCE | {"version": 2, "type": "set-theme", "theme": "light"},
        SOURCE | {"type": "constructor"},
    ):
        page.evaluate(f"m => {asked}.frame.contentWindow.postMessage(m, '*')", nonsense)
    page.evaluate(f"{asked}.step()")
    told(page, "step", before + 1)
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")


HEIGHT = "parseInt(document.querySelector('concurrency-lab').frame.style.height)"


def test_a_parent_off_the_list_sees_the_recording_instead(visitor: Page, lab: Lab, tmp_path: Path) -> None:
    put_recording(lab, tmp_path)
    with serving_files(tmp_path) as stranger:
        address = stranger.write("page.html", element(lab, 'run="kitchen" src="run.html" timeout="1"'))
        visitor.goto(address)
        note = visitor.locator("concurrency-lab p")
        expect(note).to_contain_text("does not let this page show it")
        expect_recording(visitor.frame_locator("iframe"))
        assert visitor.evaluate("heard") == []
        # Also a plain frame is refused by the browser, with nothing of ours in it.
        visitor.goto(stranger.write("plain.html", f'<iframe src="{lab.url}/embed/runs/kitchen"></iframe>'))
        frame = eventually(visitor, lambda: visitor.frames[1] if len(visitor.frames) > 1 else None)
        eventually(visitor, lambda: frame.url.startswith("chrome-error:"))
        assert visitor.evaluate("heard") == []


@pytest.mark.parametrize("sandbox", ["", "allow-scripts"])
def test_a_frame_that_an_editor_has_shut_says_so(visitor: Page, lab: Lab, site: Site, sandbox: str) -> None:
    frame = f'<iframe src="{lab.url}/embed/{LESSON}?lang=en" sandbox="{{}}"></iframe>'
    visitor.goto(site.write("shut.html", frame.format(sandbox)))
    said = visitor.frame_locator("iframe").get_by_text("the sandbox needs allow-scripts and allow-same-origin")
    expect(said).to_be_visible()
    visitor.goto(site.write("open.html", frame.format("allow-scripts allow-same-origin")))
    expect(visitor.frame_locator("iframe").get_by_role("button", name="Run", exact=True)).to_be_visible()
    expect(said).to_be_attached()
    expect(said).to_be_hidden()


def test_other_pages_of_the_lab_are_never_framed(visitor: Page, lab: Lab, site: Site) -> None:
    visitor.goto(site.write("whole.html", f'<iframe src="{lab.url}/lessons/{LESSON}"></iframe>'))
    eventually(visitor, lambda: any(frame.url.startswith("chrome-error:") for frame in visitor.frames))


@pytest.fixture
def without_third_party_cookies(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Iterator[BrowserContext]:
    """A browser that keeps no cookie of whoever is framed."""
    (tmp_path / "Default").mkdir()
    settings = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    with contextlib.closing(
        browser_type.launch_persistent_context(tmp_path, **browser_type_launch_args, locale="en-GB")
    ) as context:
        yield context


def test_it_runs_in_a_frame_of_another_site_without_cookies(
    without_third_party_cookies: BrowserContext, lab: Lab, site: Site
) -> None:
    """The page is localhost's, the lab 127.0.0.1's: two sites, as a course's and a lab's are."""
    context = without_third_party_cookies
    page = context.new_page()
    site.write("cross.html", element(lab, f'lesson="{LESSON}" lang="en"'))
    page.goto(f"{site.other_name}/cross.html")
    told(page, "ready")
    frame = frame_of(page, f"/embed/{LESSON}")
    frame.evaluate("document.cookie = 'tried=1; SameSite=None; Secure'")
    assert frame.evaluate("document.cookie") == "", "this browser keeps cookies of frames: the test shows nothing"
    frame.get_by_role("button", name="Run", exact=True).click()
    assert told(page, "started")["run"]
    ended = told(page, "ended")
    assert ended["status"] == "finished"
    assert lab.run(ended["run"])["events"] == ended["events"]
    assert [cookie for cookie in context.cookies() if cookie["name"].startswith("lab_")] == []


def test_an_answer_is_told(page: Page, lab: Lab, site: Site, until: Callable[..., Any]) -> None:
    page.goto(site.write("answer.html", element(lab, f'lesson="{LESSON}" lang="en" panels="questions" height="700"')))
    told(page, "ready")
    frame = frame_of(page, f"/embed/{LESSON}")
    question = frame.locator("#questions .question").first
    question.locator("input").first.check()
    told(page, "answer")
    page.evaluate("document.querySelector('concurrency-lab').run()")
    told(page, "ended")
    settled = eventually(page, lambda: [one for one in heard(page, "answer") if one["right"] is not None])
    assert settled[0]["question"] == question.get_attribute("data-question")
    assert settled[0]["verdict"] in ("right", "wrong")
    assert page.evaluate(HEIGHT) == 700


def test_without_the_server_there_is_the_recording(visitor: Page, lab: Lab, site: Site) -> None:
    put_recording(lab, site.folder)
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{taken.getsockname()[1]}"
        wanted = f'lesson="{LESSON}" server="{down}" timeout="0.3"'
        other = f'<concurrency-lab {wanted} lang="zh" src="run.html"></concurrency-lab>'
        visitor.goto(site.write("down.html", element(lab, wanted) + other + '<concurrency-lab src="run.html">'))
        notes = visitor.locator("concurrency-lab p")
        expect(notes).to_have_count(2)
        expect(notes.nth(0)).to_contain_text(f"The lab at {down} could not be reached")
        expect(notes.nth(0).locator("a")).to_have_attribute("href", f"{down}/embed/{LESSON}")
        expect(notes.nth(1)).to_contain_text("下面是一次录制好的运行。")
        states = "[...document.querySelectorAll('concurrency-lab')].map(one => one.state)"
        assert visitor.evaluate(states) == ["failed", "recorded", "recorded"]
    # The server is back: the same element, asked again.
    first = visitor.locator("concurrency-lab").first
    first.evaluate("one => one.setAttribute('timeout', 600)")
    first.evaluate("(one, url) => one.setAttribute('server', url)", lab.url)
    eventually(visitor, lambda: first.evaluate("one => one.state") == "live")
    # A file beside the page is kept from the page: it has no origin of its own.
    assert first.evaluate("one => one.frame.getAttribute('sandbox')").count("allow-same-origin") == 1
    second = visitor.locator("concurrency-lab").nth(1)
    assert "allow-same-origin" not in second.evaluate("one => one.frame.getAttribute('sandbox')")


def test_a_lesson_that_is_not_there_is_told_at_once(visitor: Page, lab: Lab, site: Site) -> None:
    visitor.goto(site.write("none.html", element(lab, 'lesson="no-such-lesson" timeout="600"')))
    expect(visitor.locator("concurrency-lab p")).to_contain_text('There is no lesson "no-such-lesson"')


def test_what_the_address_asks_for_is_shown(page: Page, until: Callable[..., Any]) -> None:
    page.goto("/embed/runs/kitchen?lang=zh&theme=dark&panels=console,source&controls=basic&t=0.002&autoplay=0")
    until("__lab.phase() === 'ended' && __lab.cursorNs() === 2000000")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    expect(page.get_by_role("tab")).to_have_text(["控制台", "程序"])
    expect(page.locator(".travel-stepOn")).to_be_visible()
    expect(page.locator("#zoom-in")).to_be_hidden()
    page.goto("/embed/runs/kitchen?panels=none&controls=none&lang=en")
    expect(page.locator(".runbar")).to_be_hidden()
    expect(page.get_by_role("tab")).to_have_count(0)
    until("__lab.layout().lanes.length > 0")
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/embed/runs/hour?autoplay=1")
    until("__lab.travel().playing")
    page.emulate_media(reduced_motion="reduce")
    page.goto("/embed/runs/hour?autoplay=1&lang=en")
    until("__lab.phase() === 'ended'")
    assert not page.evaluate("__lab.travel().playing")


def test_axe_finds_nothing_and_nothing_is_cut_off(page: Page, until: Callable[..., Any]) -> None:
    for width, height, lang, theme in ((640, 360, "en", "light"), (1024, 600, "zh", "dark"), (360, 640, "en", "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/embed/runs/kitchen?lang={lang}&theme={theme}")
        until("__lab.phase() === 'ended'")
        page.locator(".travel-stepBack").click()
        page.evaluate(AXE)
        assert violations(page) == [], (lang, theme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        for place in ("#timeline canvas", ".travel-stepOn", "[role=tab]"):
            expect(page.locator(place).first).to_be_in_viewport()


def test_the_dialog_writes_what_works(page: Page, lab: Lab, site: Site, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/lessons/{LESSON}?lang=en")
    page.get_by_role("button", name="Embed this in a page of yours").press("Enter")
    dialog = page.get_by_role("dialog", name="Embed in a page")
    markup = dialog.get_by_label("For your page")
    # The endpoint for sites that ask by themselves gives the same.
    known = lab.get(f"/oembed?url={lab.url}/lessons/{LESSON}").json()
    assert markup.input_value() == known["html"]
    expect(dialog.frame_locator("iframe").locator("#run")).to_be_visible()
    expect(dialog.get_by_label("What it shows").locator("option[value=run]")).to_be_disabled()
    dialog.get_by_label("As", exact=True).select_option("element")
    dialog.get_by_label("Language").select_option("zh")
    dialog.get_by_label("Colours").select_option("dark")
    dialog.get_by_label("Questions").uncheck()
    dialog.get_by_label("Height").fill("520")
    dialog.get_by_label("Height").press("Tab")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == markup.input_value()
    page.evaluate(AXE)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Embed this in a page of yours")).to_be_focused()
    page.goto(site.write("copied.html", copied))
    assert told(page, "ready") == SOURCE | {
        "type": "ready", "lesson": LESSON, "run": None, "lang": "zh", "theme": "dark",
    }  # fmt: skip
    assert page.evaluate(HEIGHT) == 520
    # A lesson that was run: the run on the screen can be shown as it was.
    page.goto(f"/lessons/{LESSON}?lang=en&theme=dark")
    run_id = run_to_its_end(page)
    page.locator("#embed-open").click()
    page.locator("#embed-what").select_option("run")
    assert f"{lab.url}/embed/runs/{run_id}" in page.locator("#embed-markup").input_value()
