"""A trace file of a million events: from its drop on /open, and from `replay FILE`, until its last event can be seen.

The file is a recorded lesson whose busy part is repeated under new numbers and times. Promised: at most 3 s for both,
and a first frame long before. `FILE` as an argument measures that trace instead.
"""

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from concurrency_lab.trace import codec  # noqa: E402 - it is found by the line above

LESSON = "bounded-queue"
EVENTS = 1_000_000
ROUNDS = 5
PROMISED_S = 3.0
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Notes when the first lane is there and when all is, and the longest time that the page did not answer.
WATCH = """
() => {
  window.told = { longest: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.told.longest = Math.max(window.told.longest, duration);
  }).observe({ type: "longtask" });
  const look = () => {
    const { told } = window;
    if (told.first === undefined && window.__lab?.lanes().length) told.first = Date.now();
    if (window.__lab?.phase() === "ended") told.whole = Date.now();
    else setTimeout(look, 10);
  };
  const begin = () => {
    window.told.began = Date.now();
    setTimeout(look, 10);
  };
  document.getElementById("file")?.addEventListener("change", begin, { capture: true }) ?? begin();
}
"""


def write_file(path: Path, most: int) -> None:
    """Record a lesson, and write it with its busy part repeated until there are `most` events."""
    recorded = path.with_suffix(".recorded")
    command = [sys.executable, "-m", "concurrency_lab", "run", LESSON, "--out", str(recorded)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    header, events = codec.read(recorded.read_text().splitlines(keepends=True))
    begin = 1 + max(at for at, event in enumerate(events) if event["kind"] == "thread.started")
    end = min(at for at, event in enumerate(events) if event["kind"] == "thread.ended")
    busy, rest = events[begin:end], events[end:]
    length_ns = rest[0]["ts_ns"] - busy[0]["ts_ns"]
    rounds = (most - begin - len(rest)) // len(busy)
    with path.open("w") as file:
        again = itertools.chain.from_iterable(repeated(busy, turn, turn * length_ns) for turn in range(rounds))
        late = repeated(rest, rounds - 1, (rounds - 1) * length_ns)
        told = enumerate(itertools.chain(events[:begin], again, late))
        file.writelines(codec.write(header, ({**event, "seq": seq} for seq, event in told)))


def repeated(events: list[dict[str, Any]], turn: int, later_ns: int) -> Iterator[dict[str, Any]]:
    """Yield events again: later, with items and values of their own, as those of a longer run would be."""
    for event in events:
        own = {name: f"{event[name]}.{turn}" for name in ("item", "value") if name in event}
        yield {**event, "ts_ns": event["ts_ns"] + later_ns, **own}


@contextlib.contextmanager
def serving(arguments: list[str]) -> Iterator[str]:
    """Start a server, yield the address that it says, end it."""
    command = [sys.executable, "-m", "concurrency_lab", *arguments, "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield next(word for word in server.stdout.readline().split() if word.startswith("http://"))
        finally:
            server.terminate()


def opened(browser: Browser, url: str, path: Path) -> dict[str, float]:
    """Give the file to /open; return the seconds until the first lane and until all, and what it took."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(f"{url.rstrip('/')}/open?lang=en")
    page.evaluate(WATCH)
    before_s = cpu_seconds()
    page.locator("#file").set_input_files(path)
    told = wait_for_end(page)
    told["cpu_s"] = cpu_seconds() - before_s
    page.close()
    return told


def replayed(browser: Browser, path: Path) -> dict[str, float]:
    """Replay the file; the seconds count from the command, and with the server's start."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH})")
    before_s = cpu_seconds()
    began_s = time.time()
    with serving(["replay", str(path)]) as url:
        page.goto(url, wait_until="commit")
        told = wait_for_end(page, began_s)
        told["cpu_s"] = cpu_seconds() - before_s
        page.close()
    return told


def wait_for_end(page: Page, began_s: float | None = None) -> dict[str, float]:
    """Return what the page noted, in seconds."""
    while not (told := page.evaluate("window.told ?? {}")).get("whole"):
        page.wait_for_timeout(100)
    since_s = told["began"] / 1000 if began_s is None else began_s
    events = page.evaluate("__lab.events()")
    return {
        "first_s": told["first"] / 1000 - since_s,
        "whole_s": told["whole"] / 1000 - since_s,
        "longest_s": told["longest"] / 1000,
        "events": events,
    }


def cpu_seconds() -> float:
    """Return the processor time of this process's descendants, browser and server."""
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            parents[int(folder.name)], ticks[int(folder.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks.get(pid, 0) for pid in ours) / TICKS_A_SECOND


def main() -> int:
    """Print what was measured; return the exit code."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder, "trace.ndjson")
        if len(sys.argv) < 2:
            write_file(path, EVENTS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(["serve", "--data", f"{folder}/data"]) as url:
            open_rounds = [opened(browser, url, path) for _ in range(ROUNDS)]
        replay_rounds = [replayed(browser, path) for _ in range(ROUNDS)]
        browser.close()
        megabytes = path.stat().st_size / 1e6
    print(f"{open_rounds[0]['events']:,.0f} events, {megabytes:.0f} MB, {ROUNDS} rounds each\n")
    print(f"{'':8} {'first lane':>11} {'whole, best':>12} {'median':>8} {'CPU, best':>10} {'longest task':>13}")
    kept = True
    for name, rounds in (("/open", open_rounds), ("replay", replay_rounds)):
        column = {key: [told[key] for told in rounds] for key in rounds[0]}
        first, whole = statistics.median(column["first_s"]), statistics.median(column["whole_s"])
        best, cpu, longest = min(column["whole_s"]), min(column["cpu_s"]), statistics.median(column["longest_s"])
        print(f"{name:8} {first:9.2f} s {best:10.2f} s {whole:6.2f} s {cpu:8.2f} s {longest * 1000:10.0f} ms")
        kept = kept and best <= PROMISED_S
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
