// Puts the page together: the server's data, the network, the views.

import { Embed } from "./embed.js";
import { FileBench } from "./file_bench.js";
import { Library } from "./library.js";
import { Api } from "./net/api.js";
import { CatalogueView, markCards } from "./views/catalogue.js";
import { setText } from "./views/dom.js";
import { DropZone, bindChooser } from "./views/file_chooser.js";
import { handOver } from "./views/handed_file.js";
import { Theme } from "./views/theme.js";
import { Words, translate } from "./views/words.js";
import { Workbench } from "./workbench.js";

export class Page {
  /** @param {any} data what the server put into the page */
  constructor(data) {
    this.data = data;
    this.words = new Words(data.lang, data.strings);
    this.api = new Api(data.token, () => this.words.lang);
    /** @type {Workbench | FileBench | null} */
    this.workbench = null;
    /** @type {Library | null} */
    this.library = null;
    this.theme = new Theme((name) => this.workbench?.lab.setTheme(name));
    this.#bind();
    /** @type {CatalogueView | null} */
    this.catalogue = null;
    if (["lesson", "run", "playground"].includes(data.kind)) this.workbench = new Workbench(this);
    else if (data.kind === "file") this.workbench = new FileBench(this);
    else if (data.kind === "library") this.library = new Library(this);
    else if (data.kind === "catalogue" && data.lessons.length) {
      this.catalogue = new CatalogueView(data.lessons, this.words);
    } else markCards();
    this.embed = data.embed ? new Embed(this) : null;
    if (!data.embed) new DropZone(this.words, (file) => this.openFile(file));
    if (this.library) bindChooser((file) => this.openFile(file));
    document.getElementById("print")?.addEventListener("click", () => print());
  }

  /** A trace file: the page that shows files opens it. @param {File} file */
  async openFile(file) {
    if (this.workbench instanceof FileBench) return this.workbench.open(file);
    // Where the browser keeps nothing, that page says how to go on.
    await handOver(file).catch(() => null);
    location.assign("/open");
  }

  #bind() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => this.api.rememberTheme(this.theme.choice));
    }
    document.getElementById("language")?.addEventListener("click", (event) => {
      // The other pages are nothing but text: the server writes them anew.
      if (!this.workbench && !this.catalogue && !this.library) return;
      event.preventDefault();
      this.changeLanguage();
    });
  }

  /** Put the other language's words into this same page: run, cursor and viewport stay. */
  async changeLanguage() {
    const lang = this.words.lang === "zh" ? "en" : "zh";
    const page = await this.api.page(lang).catch(() => null);
    // The plain way, if the quick one fails.
    if (!page) return location.assign(`?lang=${lang}`);
    this.words.use(lang, page.strings);
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    translate(document, this.words);
    const link = document.getElementById("language");
    if (link instanceof HTMLAnchorElement) {
      link.href = `?lang=${lang === "zh" ? "en" : "zh"}`;
      link.lang = link.hreflang = lang === "zh" ? "en" : "zh-CN";
    }
    for (const lesson of page.lessons ?? []) this.#translateCard(lesson);
    if (page.lessons) this.catalogue?.translate(page.lessons);
    for (const minutes of document.querySelectorAll("[data-minutes]")) {
      const { minutes: n } = /** @type {HTMLElement} */ (minutes).dataset;
      setText(minutes, this.words.t("catalogue.minutes", { n: n ?? "" }));
    }
    document.title = page.lesson
      ? `${page.lesson.title} – ${this.words.t("site.title")}`
      : this.words.t("site.title");
    if (this.library) document.title = `${this.words.t("nav.runs")} – ${document.title}`;
    this.library?.translate(page.list);
    this.workbench?.translate(page.lesson, page);
  }

  toggleProjector() {
    const { theme, api } = this;
    theme.set(theme.choice === "projector" ? this.themeBefore || "auto" : this.#rememberTheme());
    if (theme.choice !== "auto") api.rememberTheme(theme.choice);
  }

  #rememberTheme() {
    this.themeBefore = this.theme.choice;
    return "projector";
  }

  /** @param {{slug: string, title: string, summary: string, chapter: number, chapter_title: string}} lesson */
  #translateCard({ slug, title, summary, chapter, chapter_title }) {
    const chapterPlace = document.querySelector(`[data-chapter-title="${chapter}"]`);
    if (chapterPlace) setText(chapterPlace, chapter_title);
    const titlePlace = document.querySelector(`[data-lesson-title="${CSS.escape(slug)}"]`);
    const summaryPlace = document.querySelector(`[data-lesson-summary="${CSS.escape(slug)}"]`);
    if (titlePlace) setText(titlePlace, title);
    if (summaryPlace) setText(summaryPlace, summary);
  }
}

const data = document.getElementById("page-data")?.textContent;
if (data) new Page(JSON.parse(data));
