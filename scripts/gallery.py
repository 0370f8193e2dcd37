"""Pictures of the page in every theme, language and size: CHROMIUM=... .venv/bin/python scripts/gallery.py [--help].

Each lesson runs once; all its pictures show that recorded run. They go to build/gallery/, with an index.html.
"""

import argparse
import html
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
GALLERY = ROOT / "build/gallery"
LESSONS = ("condition-buyer-seller", "process-daemon", "pool-apply-async", "event-ten-threads", "gil-busy-threads")
THEMES = ("light", "dark", "projector")
LANGUAGES = ("en", "zh")
SIZES = ("1920x1080", "1366x768", "1280x720", "640x480", "390x844")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--font-render-hinting=none"]
PATIENCE_S = 60.0


class Picture(NamedTuple):
    """What one picture shows."""

    lesson: str
    theme: str
    lang: str
    size: str

    @property
    def file(self) -> str:
        return f"{self.lesson}_{self.size}_{self.theme}_{self.lang}.png"


def main() -> None:
    """Run the lessons, take the pictures, write the index."""
    wanted = arguments()
    series = list(itertools.product(wanted.lesson, wanted.theme, wanted.lang))
    GALLERY.mkdir(parents=True, exist_ok=True)
    with serving() as url, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        addresses = {lesson: address_of_a_run(browser, url, lesson) for lesson in wanted.lesson}
        for of_one_page in series:
            pictures = [Picture(*of_one_page, size) for size in wanted.size]
            take(browser, url + addresses[of_one_page[0]], pictures)
        browser.close()
    write_index()
    print(f"{len(series) * len(wanted.size)} pictures: {GALLERY / 'index.html'}")


def arguments() -> argparse.Namespace:
    """Read what is asked for; without arguments it is everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, choices in (("lesson", LESSONS), ("theme", THEMES), ("lang", LANGUAGES), ("size", SIZES)):
        parser.add_argument(f"--{name}", action="append", help=f"only this; default: {' '.join(choices)}")
    wanted = parser.parse_args()
    for name, choices in (("lesson", LESSONS), ("theme", THEMES), ("lang", LANGUAGES), ("size", SIZES)):
        setattr(wanted, name, getattr(wanted, name) or list(choices))
    return wanted


@contextmanager
def serving() -> Iterator[str]:
    """Serve the lab on a free port, with a data folder of its own."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--port", "0", "--data", data, "--no-open"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                yield next(word for word in server.stdout.readline().split() if word.startswith("http")).rstrip("/")
            finally:
                server.send_signal(signal.SIGTERM)


def address_of_a_run(browser: Browser, url: str, lesson: str) -> str:
    """Run a lesson, all its variants, and return the address that shows these runs again."""
    page = browser.new_page()
    page.goto(f"{url}/lessons/{lesson}?lang=en")
    page.click("#run")
    wait_for_end(page)
    runs = ",".join(run["id"] for run in page.evaluate("__lab.runs()"))
    page.close()
    return f"/lessons/{lesson}?lang={{lang}}&theme={{theme}}#run={runs}"


def wait_for_end(page: Page) -> None:
    """Wait until all runs of the page are there."""
    deadline = time.monotonic() + PATIENCE_S
    while page.evaluate("__lab.phase()") != "ended":
        if time.monotonic() > deadline:
            raise SystemExit(f"{page.url} did not end within {PATIENCE_S:.0f} s: look at it in a browser.")
        page.wait_for_timeout(50)


def take(browser: Browser, address: str, pictures: list[Picture]) -> None:
    """Take the pictures of one lesson in one theme and language: one page, every size."""
    page = browser.new_page()
    page.goto(address.format(lang=pictures[0].lang, theme=pictures[0].theme))
    wait_for_end(page)
    page.click("#panel-source-tab")
    for picture in pictures:
        width, height = (int(part) for part in picture.size.split("x"))
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("scrollTo(0, 0)")
        # The panels follow ten times a second.
        page.wait_for_timeout(300)
        page.screenshot(path=GALLERY / picture.file)
    page.close()


def write_index() -> None:
    """Write the page that shows all pictures that are there."""
    figures = []
    for file in sorted(GALLERY.glob("*.png")):
        name = html.escape(file.stem.replace("_", " · "))
        figures.append(f'<figure><a href="{file.name}"><img src="{file.name}" alt="" loading="lazy"></a>')
        figures.append(f"<figcaption>{name}</figcaption></figure>")
    style = "body{font:14px system-ui;display:flex;flex-wrap:wrap;gap:16px}"
    style += "figure{margin:0}img{height:280px;border:1px solid}"
    head = f'<!doctype html><meta charset="utf-8"><title>Concurrency Lab: gallery</title><style>{style}</style>'
    (GALLERY / "index.html").write_text(head + "\n".join(figures) + "\n", "utf-8")


if __name__ == "__main__":
    main()
