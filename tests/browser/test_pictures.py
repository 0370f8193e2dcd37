"""The timeline's canvas looks as it did: every kept picture, and that the comparison sees what it must."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.pictures import SCENES, served

# What another version of Chromium draws otherwise is a few pixels of a text; a missing arrow is hundreds.
MOST_PIXELS = 60
REWRITE = "If it shall look like this now: `make golden`, look at tests/browser/pictures/*.png, commit them."


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def pictures(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_function("window.pictures")
    return page


@pytest.mark.parametrize("name", SCENES)
def test_the_canvas_looks_as_it_did(pictures: Page, name: str) -> None:
    arguments = [SCENES[name], f"{name}.png"]
    differing = pictures.evaluate("([scene, kept]) => pictures.compare(scene, kept)", arguments)
    assert differing <= MOST_PIXELS, f"{differing} pixels of {name} are not those of {name}.png. {REWRITE}"


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("threads-light", "createPattern"),
        ("threads-light", "fillText"),
        ("threads-light", "arcTo"),
        ("processes-dark", "createPattern"),
        ("pool-projector", "fillRect"),
        ("crowd-light", "drawImage"),
    ],
)
def test_what_is_missing_is_seen(pictures: Page, name: str, without: str) -> None:
    arguments = [SCENES[name], f"{name}.png", without]
    assert (
        pictures.evaluate("([scene, kept, left]) => pictures.compare(scene, kept, left)", arguments) > 3 * MOST_PIXELS
    )


def test_a_pixel_to_the_side_is_no_difference(pictures: Page) -> None:
    for scene in SCENES.values():
        assert pictures.evaluate("scene => pictures.nudged(scene)", scene) <= MOST_PIXELS
