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
    """Run the lesson to its end and take the picture of the whole run."""
    page = browser.new_page(viewport={"width": 1480, "height": 760})
    page.goto(url)
    page.click("#run")
    page.wait_for_selector("#status-link:not([hidden])")
    page.click("#fit")
    page.mouse.move(1, 1)
    # The legend fades, and the picture must not catch it half-way.
    page.wait_for_timeout(1000)
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main()
