"""Takes the pictures of the README from the real page: CHROMIUM=... .venv/bin/python scripts/screenshots.py."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from playwright.sync_api import Browser, sync_playwright

ROOT = pathlib.Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
LESSON = "condition-buyer-seller"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--font-render-hinting=none"]
PICTURES = {"lesson.png": "en", "lesson.zh-CN.png": "zh"}


def main() -> None:
    """Serve the lab on a free port, run the lesson in each language, and take its picture."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--port", "0", "--data", data, "--no-open"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = next(word for word in server.stdout.readline().split() if word.startswith("http")).rstrip("/")
            try:
                with sync_playwright() as playwright:
                    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
                    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
                    for name, lang in PICTURES.items():
                        take(browser, f"{url}/lessons/{LESSON}?lang={lang}&theme=light", IMAGES / name)
                    browser.close()
            finally:
                server.send_signal(signal.SIGTERM)


def take(browser: Browser, url: str, file: pathlib.Path) -> None:
    """Take the picture in the middle of the run: it shows where each lane is in the program."""
    page = browser.new_page(viewport={"width": 1480, "height": 760})
    page.goto(url)
    # Long enough that the run still goes on when the picture is taken.
    page.fill("#param-THINK_SECONDS", "0.4")
    page.click("#run")
    page.locator("#console").get_by_text("buyer: I see the new price").wait_for()
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main()
