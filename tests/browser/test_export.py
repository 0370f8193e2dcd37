"""What leaves the lab is what the page showed: one file without a server, pictures, a trace for Perfetto."""

import base64
import functools
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import viztracer
from playwright.sync_api import Browser, BrowserContext, Page, expect

from concurrency_lab.export import EXPORTS, About
from concurrency_lab.lessons.catalogue import load_catalogue
from concurrency_lab.trace import codec
from concurrency_lab.trace.summary import summarize
from tests.browser.conftest import HOSTILE, PATIENCE_S, ROOT, Lab

FIRST_FIVE = [lesson.slug for lesson in load_catalogue().lessons[:5]]
GOLDEN = ROOT / "tests/golden"
Until = Callable[..., Any]
# Of a picture of 500,000 pixels, those of the edges of letters and slanted lines.
MOST_DIFFERENT = 0.01


# -- one file, no server, no network --------------------------------------------------------------------


@pytest.fixture
def alone(context: BrowserContext, page: Page) -> Page:
    """A page that reaches nothing but files."""
    context.set_offline(True)
    context.route("**", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
    return page


@pytest.mark.parametrize("slug", FIRST_FIVE)
def test_a_lessons_run_opens_from_a_file_and_steps(
    alone: Page, lab: Lab, until: Until, tmp_path: Path, slug: str
) -> None:
    run_id = lab.record(slug)
    answer = lab.get(f"/api/runs/{run_id}/export/html?lang=en")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    (tmp_path / "run.html").write_bytes(answer.content)
    complaints: list[str] = []
    alone.on("console", lambda message: complaints.append(message.text))
    alone.goto((tmp_path / "run.html").as_uri())
    until("globalThis.__lab && __lab.phase() === 'ended'")
    recorded = lab.fold(run_id)
    assert alone.evaluate("__lab.fold()") == recorded
    assert alone.evaluate("__lab.lastSeq()") == lab.run(run_id)["events"] - 1
    # Stepping, the program, the console and why a lane waits: all of it as on the page.
    alone.keyboard.press("Home")
    until("__lab.travel().event !== null")
    first = alone.evaluate("__lab.cursorNs()")
    for _ in range(5):
        alone.keyboard.press(".")
    assert alone.evaluate("__lab.cursorNs()") > first
    expect(alone.locator("#source")).to_contain_text("import")
    expect(alone.locator("#console")).to_be_visible()
    # The other language and the themes are in the file.
    title = load_catalogue().get(slug)
    assert title is not None
    alone.locator("#language").click()
    expect(alone.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(alone.locator("#lesson-name")).to_have_text(title.title["zh"])
    alone.keyboard.press("p")
    expect(alone.locator("html")).to_have_attribute("data-theme", "projector")
    assert complaints == []


def test_several_files_stand_on_one_page_in_sandboxes(alone: Page, lab: Lab, tmp_path: Path) -> None:
    frames = ""
    for run_id in ("kitchen", "hostile"):
        (tmp_path / f"{run_id}.html").write_bytes(lab.get(f"/api/runs/{run_id}/export/html?lang=en").content)
        text = (tmp_path / f"{run_id}.html").read_text("utf-8").replace("&", "&amp;").replace('"', "&quot;")
        frames += f'<iframe sandbox="allow-scripts" width="900" height="600" srcdoc="{text}"></iframe>'
    (tmp_path / "both.html").write_text(f"<!doctype html><meta charset=utf-8><title>both</title>{frames}", "utf-8")
    alone.goto((tmp_path / "both.html").as_uri())
    for at, (name, lane) in enumerate((("kitchen.py", "cashier"), (HOSTILE, HOSTILE))):
        frame = alone.frame_locator("iframe").nth(at)
        expect(frame.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
        expect(frame.locator("#lesson-name")).to_have_text(name)
        expect(frame.locator("#lanes")).to_contain_text(lane)
    # Each steps by itself.
    frame = alone.frame_locator("iframe").first
    before = frame.locator("#transport").inner_text()
    frame.locator("#timeline canvas").click(position={"x": 400, "y": 60})
    frame.locator("body").press(".")
    expect(frame.locator("#transport")).not_to_have_text(before)
    assert alone.title() == "both"


# -- pictures -----------------------------------------------------------------------------------------

# The second frame from now: in the first, what was asked for before is drawn.
NEXT_FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
# How much of the picture differs from the canvas on the screen; `top` is where the lanes begin in it.
COMPARE = """async ([text, type, top, ratio]) => {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const image = new Image();
  image.src = `data:${type};base64,${text}`;
  await image.decode();
  const screen = document.querySelector('#timeline canvas');
  const drawn = document.createElement('canvas');
  drawn.width = screen.width;
  drawn.height = screen.height;
  const context = drawn.getContext('2d');
  const scale = type === 'image/png' ? 1 : ratio;
  context.drawImage(image, 0, -Math.round(top * ratio), image.naturalWidth * scale, image.naturalHeight * scale);
  const one = context.getImageData(0, 0, drawn.width, drawn.height).data;
  const other = screen.getContext('2d').getImageData(0, 0, drawn.width, drawn.height).data;
  let differing = 0;
  for (let at = 0; at < one.length; at += 4) {
    const apart = [0, 1, 2].some((part) => Math.abs(one[at + part] - other[at + part]) > 80);
    if (apart) differing += 1;
  }
  return differing / (one.length / 4);
}"""


@contextmanager
def at_twice_the_pixels(browser: Browser, lab: Lab, path: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, device_scale_factor=2, accept_downloads=True)
    page = context.new_page()
    try:
        page.goto(lab.url + path)
        expect(page.locator("#content")).to_have_attribute("data-phase", "ended", timeout=PATIENCE_S * 1000)
        yield page
    finally:
        context.close()


def save(page: Page, entry: str) -> tuple[str, bytes]:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=entry).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.mark.parametrize(("run_id", "theme"), [("kitchen", "light"), ("sharing", "dark"), ("dense", "projector")])
def test_a_picture_is_what_the_screen_shows(browser: Browser, lab: Lab, run_id: str, theme: str) -> None:
    with at_twice_the_pixels(browser, lab, f"/runs/{run_id}?lang=en&theme={theme}") as page:
        page.keyboard.press("w")
        page.evaluate(NEXT_FRAME)
        name, png = save(page, "PNG")
        assert name.endswith(f"-{run_id}.png")
        name, svg = save(page, "SVG")
        assert name.endswith(f"-{run_id}.svg")
        top = int(svg.decode().partition('<svg y="')[2].partition('"')[0])
        sides = {"image/png": png, "image/svg+xml": svg}

        def differing(kind: str) -> float:
            share: float = page.evaluate(COMPARE, [base64.b64encode(sides[kind]).decode(), kind, top, 2])
            return share

        # The very same pixels, once all is drawn on the screen; of the SVG, another way of drawing letters.
        deadline = time.monotonic() + PATIENCE_S
        while share := differing("image/png"):
            assert time.monotonic() < deadline, f"{share:.2%} of the picture are not what the screen shows"
            page.evaluate(NEXT_FRAME)
        assert differing("image/svg+xml") < MOST_DIFFERENT
        # And the comparison sees what differs.
        page.keyboard.press("d")
        page.evaluate(NEXT_FRAME)
        assert page.evaluate(COMPARE, [base64.b64encode(svg).decode(), "image/svg+xml", top, 2]) > MOST_DIFFERENT


def test_the_menu_gives_every_format_by_keyboard(page: Page, until: Until) -> None:
    page.goto("/runs/kitchen?lang=en")
    until("__lab.phase() === 'ended'")
    button = page.get_by_role("button", name="Export")
    button.focus()
    page.keyboard.press("Enter")
    entries = page.get_by_role("menuitem")
    assert entries.count() == 6
    expect(entries.first).to_be_focused()
    page.keyboard.press("End")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    name = download.value.suggested_filename
    assert name == "kitchen.py-kitchen.ndjson"
    golden = codec.read((GOLDEN / "threads.ndjson").read_text("utf-8").splitlines())
    with open(download.value.path(), encoding="utf-8") as file:
        assert codec.read(file).events == golden.events
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(entries.first).to_be_hidden()


# -- Perfetto -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def perfetto() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serve the Perfetto that comes with viztracer, its trace processor within, and the traces put into the mapping."""
    traces: dict[str, bytes] = {}

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            data = traces.get(self.path)
            if data is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return None

    folder = str(Path(viztracer.__file__).parent / "web_dist")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", traces
    server.shutdown()
    thread.join()
    server.server_close()


QUERY = """async (sql) => {
  const result = await app.trace.engine.query(sql);
  const names = result.columns();
  const rows = [];
  for (const row = result.iter({}); row.valid(); row.next())
    rows.push(names.map((name) => (typeof row.get(name) === 'bigint' ? Number(row.get(name)) : row.get(name))));
  return rows;
}"""


@pytest.mark.parametrize("name", ["asyncio", "mp-queue"])
def test_perfettos_trace_processor_counts_what_the_summary_counts(
    browser: Browser, perfetto: tuple[str, dict[str, bytes]], name: str
) -> None:
    address, traces = perfetto
    lines = (GOLDEN / f"{name}.ndjson").read_text("utf-8").splitlines(keepends=True)
    out = io.BytesIO()
    EXPORTS["perfetto"].write(lines, out)
    traces[f"/{name}.json"] = out.getvalue()
    context = browser.new_context()
    try:
        page = context.new_page()
        # Its own wish to ask Google costs seconds without a network.
        page.route(lambda url: not url.startswith(address), lambda route: route.abort())
        page.goto(f"{address}/#!/?url={address}/{name}.json")
        waited = 0
        while not page.evaluate("Boolean(globalThis.app && app.trace)"):
            page.wait_for_timeout(100)
            waited += 1
            assert waited < 600, "Perfetto never opened the trace"
        check(lambda sql: page.evaluate(QUERY, sql), lines)
    finally:
        context.close()


CATAPULT = """(text) => {
  const model = new tr.Model();
  new tr.importer.Import(model, new tr.importer.ImportOptions()).importTraces([text]);
  const threads = model.getAllThreads().map((thread) => [
    thread.parent.pid, thread.tid, thread.sliceGroup.length, thread.asyncSliceGroup.slices.length,
  ]);
  return { warnings: model.importWarnings.map(({ message }) => message), threads, flows: model.flowEvents.length };
}"""


def test_chromes_own_viewer_takes_it_without_a_warning(
    browser: Browser, perfetto: tuple[str, dict[str, bytes]]
) -> None:
    """Perfetto brings the viewer of chrome://tracing along, as its legacy view."""
    address, _ = perfetto
    [viewer] = Path(viztracer.__file__).parent.glob("web_dist/*/assets/catapult_trace_viewer.html")
    lines = (GOLDEN / "asyncio.ndjson").read_text("utf-8").splitlines(keepends=True)
    text = b"".join(EXPORTS["perfetto"].chunks(lines, About())).decode()
    context = browser.new_context()
    try:
        page = context.new_page()
        page.route(lambda url: not url.startswith(address), lambda route: route.abort())
        page.goto(f"{address}/{viewer.parent.parent.name}/assets/{viewer.name}")
        seen = page.evaluate(CATAPULT, text)
    finally:
        context.close()
    entries = json.loads(text)["traceEvents"]
    phases = Counter((entry["pid"], entry["tid"], entry["ph"]) for entry in entries if "tid" in entry)
    threads = {(e["pid"], e["tid"]) for e in entries if e["name"] == "thread_name"}
    tasks = sum(entry["ph"] == "b" and "task" in entry["args"] for entry in entries)
    assert seen["warnings"] == []
    assert {(pid, tid): slices for pid, tid, slices, _ in seen["threads"]} == {
        (pid, tid): phases[pid, tid, "X"] for pid, tid in threads
    }
    assert sum(tracks for *_, tracks in seen["threads"]) == tasks
    assert seen["flows"] == sum(entry["ph"] == "s" for entry in entries)


def check(query: Callable[[str], list[list[Any]]], lines: list[str]) -> None:
    """Hold Perfetto's database against the summary, and against what the file should hold."""
    trace = codec.read(lines)
    lanes = summarize(trace)["lanes"]
    assert query("select name, value from stats where severity in ('error', 'data_loss') and value > 0") == []
    # Thread 0 is the kernel's, which is always there.
    threads = query("select p.pid, t.tid from thread t join process p using (upid) where t.utid > 0")
    assert sorted(map(tuple, threads)) == sorted((lane["pid"], lane["tid"]) for lane in lanes if not lane["task"])
    processes = dict(query("select pid, name from process where pid > 0"))
    assert processes == {lane["pid"]: lane["name"] for lane in lanes if lane["pid"] == lane["tid"] and not lane["task"]}
    times: dict[tuple[int, int], dict[str, int]] = {}
    for pid, tid, state, time_ns in query(
        "select p.pid, t.tid, s.name, sum(s.dur) from slice s join thread_track k on s.track_id = k.id "
        "join thread t using (utid) join process p using (upid) where s.category = 'state' group by 1, 2, 3"
    ):
        times.setdefault((pid, tid), {})[state] = time_ns
    assert times == {
        (lane["pid"], lane["tid"]): lane["states_ns"] for lane in lanes if not lane["task"] and lane["states_ns"]
    }
    entries = json.loads(b"".join(EXPORTS["perfetto"].chunks(lines, About())))["traceEvents"]
    phases = Counter(entry["ph"] for entry in entries)
    assert query("select count(*) from slice")[0][0] == phases["X"] + phases["b"] + phases["i"]
    assert query("select count(*) from flow")[0][0] == phases["s"]
    assert query("select count(*) from counter")[0][0] == phases["C"]
    tasks = query("select s.name from slice s where s.category = 'task' and s.depth = 0")
    assert sorted(name for (name,) in tasks) == sorted(lane["name"] for lane in lanes if lane["task"])
