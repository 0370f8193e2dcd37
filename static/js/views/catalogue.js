// The catalogue: finds lessons by words and level, marks those done in this browser, and says which comes next.

import { matches } from "../lib/find.js";
import { byId, setText } from "./dom.js";
import { doneLessons } from "./progress.js";

/** @typedef {{slug: string, title: string, summary: string, level: number, chapter: number, primitives: string[]}} Card */

export class CatalogueView {
  /** @param {Card[]} lessons in the order of the book @param {import("./words.js").Words} words */
  constructor(lessons, words) {
    this.words = words;
    this.lessons = lessons;
    this.level = "all";
    this.search = /** @type {HTMLInputElement} */ (byId("search"));
    this.search.addEventListener("input", () => this.#find());
    byId("finder").addEventListener("submit", (event) => event.preventDefault());
    for (const button of this.#levels()) button.addEventListener("click", () => this.#choose(button));
    this.translate(lessons);
    // A lesson that was done in another tab, or before coming back with the browser's own button.
    addEventListener("pageshow", () => this.#mark());
  }

  /** @param {Card[]} lessons the same lessons in the words' language */
  translate(lessons) {
    this.lessons = lessons;
    this.#find();
    this.#mark();
  }

  #levels() {
    return /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-level]"));
  }

  /** @param {HTMLElement} chosen */
  #choose(chosen) {
    this.level = chosen.dataset.level ?? "all";
    for (const button of this.#levels()) button.setAttribute("aria-pressed", String(button === chosen));
    this.#find();
  }

  #find() {
    const words = this.search.value;
    const found = new Set(
      this.lessons
        .filter((lesson) => this.level === "all" || String(lesson.level) === this.level)
        .filter((lesson) =>
          matches(words, [lesson.title, lesson.summary, lesson.slug, ...lesson.primitives].join(" ")),
        )
        .map((lesson) => lesson.slug),
    );
    for (const card of cards()) card.hidden = !found.has(card.dataset.slug ?? "");
    for (const chapter of document.querySelectorAll(".chapter")) {
      /** @type {HTMLElement} */ (chapter).hidden = !chapter.querySelector(".card:not([hidden])");
    }
    const all = this.lessons.length;
    setText(byId("found"), found.size < all ? this.words.t("catalogue.found", { n: found.size, all }) : "");
    byId("nothing").hidden = found.size > 0;
  }

  #mark() {
    const done = doneLessons();
    for (const card of cards()) markCard(card, done);
    const isDone = (/** @type {Card} */ lesson) => Object.hasOwn(done, lesson.slug);
    for (const place of document.querySelectorAll("[data-chapter-done]")) {
      const chapter = Number(/** @type {HTMLElement} */ (place).dataset.chapterDone);
      const inChapter = this.lessons.filter((lesson) => lesson.chapter === chapter);
      const n = inChapter.filter(isDone).length;
      setText(place, n ? this.words.t("catalogue.chapter_done", { n, all: inChapter.length }) : "");
    }
    this.#showNext(isDone);
  }

  /** @param {(lesson: Card) => boolean} isDone */
  #showNext(isDone) {
    const n = this.lessons.filter(isDone).length;
    const next = this.lessons.find((lesson) => !isDone(lesson)) ?? this.lessons[0];
    const all = this.lessons.length;
    const key = n === 0 ? "catalogue.begin" : n === all ? "catalogue.all_done" : "catalogue.onward";
    setText(byId("onward-text"), this.words.t(key, { n, all }));
    const link = /** @type {HTMLAnchorElement} */ (byId("onward-link"));
    link.href = `/lessons/${next.slug}`;
    setText(link, next.title);
    byId("onward").hidden = false;
  }
}

/** Mark the cards of a page that are done, wherever cards are. */
export function markCards() {
  const done = doneLessons();
  for (const card of cards()) markCard(card, done);
}

/** @returns {NodeListOf<HTMLElement>} */
function cards() {
  return document.querySelectorAll("[data-slug]");
}

/** @param {HTMLElement} card @param {Record<string, string>} done */
function markCard(card, done) {
  const mark = /** @type {HTMLElement | null} */ (card.querySelector(".card-done"));
  const isDone = Object.hasOwn(done, card.dataset.slug ?? "");
  card.classList.toggle("is-done", isDone);
  if (mark) mark.hidden = !isDone;
}
