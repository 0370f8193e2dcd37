"""The ways through the book: search, levels, what was done, glossary, pages by primitive, the teacher's sheet."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from concurrency_lab.lessons.catalogue import load_catalogue
from tests.browser.conftest import Lab

CATALOGUE = load_catalogue()
OURS = {lesson.slug for lesson in CATALOGUE.lessons}
Until = Callable[..., Any]


def shown(page: Page) -> set[str]:
    """Return the lessons whose cards are to be seen, without those that come with the tests."""
    cards = page.locator(".card:visible")
    return {str(card.get_attribute("data-slug")) for card in cards.all()} & OURS


def test_words_and_level_find_lessons(page: Page) -> None:
    page.goto("/?lang=en")
    assert shown(page) == OURS
    page.get_by_role("searchbox").fill("CONDITION")
    about = {lesson.slug for lesson in CATALOGUE.about("threading.Condition")}
    assert about <= shown(page) < OURS
    page.get_by_role("button", name="First steps").click()
    easy = {lesson.slug for lesson in CATALOGUE.lessons if lesson.level == 1}
    assert shown(page) <= easy
    page.get_by_role("searchbox").fill("no such word anywhere")
    expect(page.locator("#nothing")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    assert shown(page) == easy


def test_what_was_done_is_marked_and_the_next_one_offered(page: Page) -> None:
    page.goto("/?lang=en")
    first, second = CATALOGUE.lessons[:2]
    expect(page.locator("#onward-link")).to_have_attribute("href", f"/lessons/{first.slug}")
    page.evaluate("slug => localStorage.setItem('lab.done', JSON.stringify({[slug]: '2026-01-01'}))", first.slug)
    page.reload()
    expect(page.locator("#onward-link")).to_have_attribute("href", f"/lessons/{second.slug}")
    expect(page.locator(f'[data-slug="{first.slug}"] .card-done')).to_be_visible()
    expect(page.locator(f'[data-slug="{second.slug}"] .card-done')).to_be_hidden()
    # In the other language, without a reload.
    page.locator("#language").click()
    expect(page.locator("#onward-link")).to_have_text(second.title["zh"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_glossary_leads_to_lessons(page: Page, lang: str) -> None:
    page.goto(f"/glossary?lang={lang}")
    assert page.locator(".term-entry").count() == len(CATALOGUE.glossary)
    term = CATALOGUE.glossary["zombie"]
    entry = page.locator("#zombie")
    expect(entry).to_contain_text(term.short[lang])
    expect(entry.get_by_role("link").first).to_have_attribute("href", f"/lessons/{term.lessons[0]}")


def test_a_primitive_lists_its_lessons(page: Page, lab: Lab) -> None:
    page.goto("/primitives?lang=en")
    page.get_by_role("link", name="threading.Event", exact=True).click()
    assert shown(page) == {lesson.slug for lesson in CATALOGUE.about("threading.Event")}
    assert lab.get("/primitives/no.such?lang=en").status_code == 404


def test_the_sheet_has_all_that_a_teacher_says(page: Page) -> None:
    lesson = CATALOGUE.get("condition-buyer-seller")
    assert lesson is not None
    page.goto(f"/lessons/{lesson.slug}/sheet?lang=zh")
    for text in [*(point["zh"] for point in lesson.points), *(question.why["zh"] for question in lesson.questions)]:
        expect(page.locator(".sheet")).to_contain_text(text)
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
