"""Rewrite the pictures: `python -m tests.browser.pictures.make`. Look at every one of them before you commit it."""

import os
import struct
import zlib
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.pictures import FOLDER, SCENES, served

MOST_BYTES = 20_000


def png(picture: dict[str, Any]) -> bytes:
    """Return a picture of at most 256 colours as a PNG; Chromium's own are three times as large."""
    width, height, indices = picture["width"], picture["height"], bytes(picture["indices"])
    # Every row begins with the number of its filter: none.
    rows = b"".join(b"\0" + indices[y * width : (y + 1) * width] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    palette = b"".join(bytes(colour) for colour in picture["palette"])
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Draw every scene and write it beside this file."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function("window.pictures")
        for name, scene in SCENES.items():
            picture = png(page.evaluate("scene => pictures.reduced(scene)", scene))
            (FOLDER / f"{name}.png").write_bytes(picture)
            too_large = "  larger than a kept picture should be" if len(picture) > MOST_BYTES else ""
            print(f"{name}.png: {len(picture):,} bytes{too_large}")
        browser.close()


if __name__ == "__main__":
    main()
