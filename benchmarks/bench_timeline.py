"""Frames of the timeline in a headless Chromium: pan and zoom over large runs, and drawing while events arrive.

Prints the median and the 95th percentile of the time between frames and of our own part of it, beside the same spans
in vis-timeline, in a plain SVG and as a rectangle for each on a canvas; and the memory of ten million spans. Exit code
1 when a promise is missed. Other programs on the machine take time and never give any back: what misses a promise is
measured again, up to four times; the frames are the same ones, and of each the quickest counts. Where not even a page
that draws nothing has 60 frames a second, ours is held to what that one gets.
"""

import contextlib
import functools
import http.server
import os
import pathlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
FRAME_MS = 17.0
OWN_MS = 8.0
MEMORY_MB = 250
TRIES = 4
PEER_SPANS = (10_000, 100_000)
MANY = 1_000_000
MOST = 10_000_000
PEERS = {"naive": "a fillRect per span", "svg": "SVG, a rect per span", "vis": "vis-timeline"}
# With 100,000 items vis-timeline holds the page for minutes before its first frame.
MOST_SPANS_OF = {"vis": 10_000}

Result = dict[str, Any]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves the checkout without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Report:
    """Prints the table line by line and collects what was promised and missed."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self.frame_ms = FRAME_MS
        print(f"{'p50 / p95':<58}{'between frames':<30}our own part")

    def line(self, name: str, result: Result, beside: Result | None = None) -> None:
        """Print one line; beside another result, how many times as long its frames are."""
        frame, own = result["frame_ms"], result["own_ms"]
        text = f"{name:<56} {frame[0]:7.1f} /{frame[1]:7.1f} ms    {own[0]:8.2f} /{own[1]:8.2f} ms"
        if beside:
            ratio = result["frame_ms"][1] / beside["frame_ms"][1]
            text += f"   {ratio:5.1f} x ours" + (
                f", built in {result['build_ms']:,.0f} ms" if "build_ms" in result else ""
            )
        print(text, flush=True)

    def calibrate(self, measure: Callable[[], Result]) -> None:
        """Take a page that draws nothing as the best that a frame can be here."""
        idle = self.promise("a page that draws nothing", measure)
        if self.missed:
            self.missed.clear()
            self.frame_ms = idle["frame_ms"][1] + 0.2
            print(f"  This machine is busy: frames are held to {self.frame_ms:.1f} ms, not to {FRAME_MS:.0f} ms.")

    def excess(self, result: Result, own_ms: float | None) -> str:
        """Say by what a measurement misses its promise; "" when it keeps it."""
        if result["frame_ms"][1] > self.frame_ms:
            return f"p95 of {result['frame_ms'][1]:.1f} ms between frames, promised {self.frame_ms:.1f} ms"
        if own_ms is not None and result["own_ms"][1] > own_ms:
            return f"p95 of {result['own_ms'][1]:.1f} ms of our own, promised {own_ms:.0f} ms"
        return ""

    def promise(self, name: str, measure: Callable[[], Result], own_ms: float | None = None) -> Result:
        """Measure until the promise is kept or we give up; print and return the best."""
        best: Result | None = None
        for _ in range(TRIES):
            result = measure()
            best = result if best is None else together(best, result)
            if not self.excess(best, own_ms):
                break
        assert best is not None
        self.line(name.format(**best), best)
        if too_much := self.excess(best, own_ms):
            self.missed.append(f"{name.format(**best)}: {too_much}")
        return best


def together(one: Result, other: Result) -> Result:
    """Return what two measurements of the same frames say: of each frame, the quicker one."""
    combined = dict(one)
    for name, summary in (("apart", "frame_ms"), ("own", "own_ms")):
        combined[name] = [min(pair) for pair in zip(one[name], other[name], strict=False)]
        ordered = sorted(combined[name])
        combined[summary] = [ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]]
    return combined


def frames(page: Page, report: Report) -> None:
    """Measure pan and zoom, alone and beside the peers."""
    page.add_script_tag(path=ROOT / "node_modules/vis-timeline/standalone/umd/vis-timeline-graph2d.min.js")
    report.calibrate(lambda: page.evaluate("bench.idle()"))
    for spans in PEER_SPANS:
        page.evaluate("spans => { window.fold = bench.fold(spans) }", spans)
        ours = pan_and_zoom(page, report, "laptop", f"64 lanes, {spans:,} spans")
        for peer, name in PEERS.items():
            if spans > MOST_SPANS_OF.get(peer, spans):
                print(f"  {name:<54} does not cope: minutes before its first frame")
            else:
                report.line(f"  {name}", page.evaluate(f"bench.{peer}(fold, 'laptop')"), ours)
    for lanes, size, own_ms in ((64, "laptop", None), (256, "laptop", OWN_MS), (256, "embed", OWN_MS)):
        page.evaluate("lanes => { window.fold = undefined; window.fold = bench.fold(1e6, lanes) }", lanes)
        pan_and_zoom(page, report, size, f"{lanes} lanes, {MANY:,} spans, {size}", own_ms)
    page.evaluate("delete window.fold")


def pan_and_zoom(page: Page, report: Report, size: str, name: str, own_ms: float | None = None) -> Result:
    """Measure one promise of panning and zooming."""
    title = f"pan+zoom, {name} ({{inSight}} in sight)"
    return report.promise(title, lambda: page.evaluate("size => bench.panAndZoom(fold, size)", size), own_ms)


def live(page: Page, report: Report) -> None:
    """Measure drawing while events arrive."""
    measure = functools.partial(page.evaluate, "bench.live('laptop', 1e6, 64)")
    report.promise(f"live, 2,000 events a second on top of {MANY:,} spans", measure)


def memory(page: Page, report: Report) -> None:
    """Measure what ten million spans take: the page's whole heap and the arrays behind it, after a collection."""
    spans = page.evaluate(f"bench.keep({MOST}, 64, 'laptop')")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")
    megabytes = (heap["usedSize"] + heap["backingStorageSize"]) / 1e6
    print(f"memory, {spans:,} spans in 64 lanes{'':<21} {megabytes:7.0f} MB", flush=True)
    if megabytes > MEMORY_MB:
        report.missed.append(f"{spans:,} spans: {megabytes:.0f} MB, promised {MEMORY_MB} MB")
    pan_and_zoom(page, report, "laptop", f"64 lanes, {spans:,} spans")


@contextlib.contextmanager
def bench_page(browser: Browser, port: int) -> Iterator[Page]:
    """Open the benchmark's page; a fresh one for each part, so that none pays for another's garbage."""
    page = browser.new_page(viewport={"width": 1900, "height": 1000})
    page.goto(f"http://127.0.0.1:{port}/benchmarks/timeline.html")
    page.wait_for_function("window.ready")
    yield page
    page.close()


def main() -> int:
    """Serve the checkout on a free port, measure, say what was missed."""
    handler = functools.partial(QuietHandler, directory=str(ROOT))
    report = Report()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            for part in (frames, live, memory):
                with bench_page(browser, server.server_port) as page:
                    part(page, report)
            browser.close()
        server.shutdown()
    for sentence in report.missed:
        print(f"Missed: {sentence}.", file=sys.stderr)
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
