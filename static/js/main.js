// Puts the page together: the server's data, the network, the views.

import { Api, Problem } from "./net/api.js";
import { Live } from "./net/live.js";
import { byId, setText } from "./views/dom.js";
import { exposeFacts } from "./views/facts.js";
import { actionOf } from "./views/keys.js";
import { Lab } from "./views/lab.js";
import { ParamsView } from "./views/params.js";
import { Theme } from "./views/theme.js";
import { Words, translate } from "./views/words.js";

/** @typedef {import("./net/live.js").LinkState} LinkState */

const RUN_IN_ADDRESS = /^#run=([A-Za-z0-9_-]+)$/;

class Page {
  /** @param {any} data what the server put into the page */
  constructor(data) {
    this.data = data;
    this.words = new Words(data.lang, data.strings);
    this.api = new Api(data.token, () => this.words.lang);
    /** @type {Workbench | null} */
    this.workbench = null;
    this.theme = new Theme((name) => this.workbench?.lab.setTheme(name));
    this.#bind();
    if (data.kind === "lesson" || data.kind === "run") this.workbench = new Workbench(this);
  }

  #bind() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => this.api.rememberTheme(this.theme.choice));
    }
    byId("language").addEventListener("click", (event) => {
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
    const link = /** @type {HTMLAnchorElement} */ (byId("language"));
    link.href = `?lang=${lang === "zh" ? "en" : "zh"}`;
    link.lang = link.hreflang = lang === "zh" ? "en" : "zh-CN";
    for (const lesson of page.lessons ?? []) this.#translateCard(lesson);
    for (const minutes of document.querySelectorAll("[data-minutes]")) {
      const { minutes: n } = /** @type {HTMLElement} */ (minutes).dataset;
      setText(minutes, this.words.t("catalogue.minutes", { n: n ?? "" }));
    }
    document.title = page.lesson
      ? `${page.lesson.title} – ${this.words.t("site.title")}`
      : this.words.t("site.title");
    this.workbench?.translate(page.lesson);
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

/** One lesson or recorded run: starts, watches and stops runs. */
class Workbench {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.words = page.words;
    this.lesson = page.data.lesson;
    this.runId = "";
    /** @type {LinkState} */
    this.link = "idle";
    this.lab = new Lab(this.words, page.theme.name, () => this.press());
    const form = document.getElementById("params");
    const formOrNone = form instanceof HTMLFormElement ? form : null;
    this.params = new ParamsView(formOrNone, this.lesson?.params ?? [], this.words, () => this.press());
    this.live = new Live(page.data.token, {
      onHeader: (answer) => this.#onHeader(answer),
      onEvents: (events) => this.#onEvents(events),
      onEnded: (end) => this.lab.set({ phase: "ended", end }),
      onError: (sentence) =>
        this.lab.set({ phase: "idle", problem: sentence || this.words.t("error.watch") }),
      onLink: (state) => this.#onLink(state),
    });
    if (this.lesson) this.lab.source.setFiles(new Map([["program.py", this.lesson.source]]));
    this.#onLink("idle");
    this.#bindKeys();
    exposeFacts(this);
    if (page.data.kind === "run") this.lab.docks.show("panel-source");
    this.#resume();
  }

  /** A recorded run's page, and a reload while a run goes on, come back to that run. */
  #resume() {
    const id = this.page.data.run?.id ?? RUN_IN_ADDRESS.exec(location.hash)?.[1];
    if (id) this.#watch(id, `/runs/${id}`);
    // A connection that is there already saves a round trip after Run.
    else this.live.connect();
  }

  /** @param {string} id @param {string} url */
  #watch(id, url) {
    this.runId = id;
    this.lab.clear();
    this.lab.set({ phase: "starting", events: 0, dropped: 0, end: null, limited: null, problem: "", url });
    this.live.watch(id);
  }

  /** The one button. */
  press() {
    const { phase } = this.lab.facts;
    if (phase === "idle" || phase === "ended") this.start();
    else if (phase === "running") this.stop();
  }

  async start() {
    if (!document.getElementById("run")) return;
    const values = this.params.read();
    if (!values) return;
    this.lab.set({ phase: "starting", problem: "" });
    try {
      const run = await this.page.api.startRun(this.lesson.slug, values);
      history.replaceState(null, "", `#run=${run.id}`);
      this.#watch(run.id, run.url);
      if (!this.lab.docks.chosen) this.lab.docks.show("panel-source");
    } catch (error) {
      this.lab.set({ phase: "idle", problem: this.#sentence(error, "error.start") });
      if (error instanceof Problem) this.params.show(error.errors);
    }
  }

  async stop() {
    this.lab.set({ phase: "stopping" });
    try {
      await this.page.api.stopRun(this.runId);
    } catch (error) {
      this.lab.set({ phase: "running", problem: this.#sentence(error, "error.stop") });
    }
  }

  /** @param {unknown} error @param {string} key what is said when the server gave no sentence */
  #sentence(error, key) {
    if (!(error instanceof Problem)) throw error;
    return error.status === 0 ? this.words.t("error.offline") : error.message || this.words.t(key);
  }

  /** @param {{header: any, state: string}} answer */
  #onHeader({ header }) {
    if (!header) return;
    const files = new Map(Object.entries(/** @type {Record<string, string>} */ (header.source ?? {})));
    if (files.size) this.lab.source.setFiles(files);
    this.header = header;
  }

  /** @param {import("./net/sequence.js").TraceEvent[]} events */
  #onEvents(events) {
    this.lab.feed(events);
    if (this.lab.facts.phase === "starting") this.lab.set({ phase: "running" });
    for (const event of events) {
      if (event.kind === "run.limited") this.lab.set({ limited: { limit: event.limit, value: event.value } });
      if (event.kind === "source.loaded") this.#addSource(event.path, event.text);
    }
  }

  /** @param {string} path @param {string} text */
  #addSource(path, text) {
    this.lab.source.setFiles(new Map([...this.lab.source.files, [path, text]]));
  }

  /** @param {LinkState} state */
  #onLink(state) {
    this.link = state;
    byId("link").dataset.link = state;
    setText(byId("link-text"), this.words.t(`link.${state}`));
  }

  #bindKeys() {
    const help = /** @type {HTMLDialogElement} */ (byId("help"));
    byId("help-open").addEventListener("click", () => help.showModal());
    document.addEventListener("keydown", (event) => {
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault();
      if (action === "run") this.press();
      else if (action === "help") help.showModal();
      else if (action === "projector") this.#toggleProjector();
      else this.lab.act(action);
    });
  }

  #toggleProjector() {
    const { theme, api } = this.page;
    theme.set(theme.choice === "projector" ? this.themeBefore || "auto" : this.#rememberTheme());
    if (theme.choice !== "auto") api.rememberTheme(theme.choice);
  }

  #rememberTheme() {
    this.themeBefore = this.page.theme.choice;
    return "projector";
  }

  /** @param {any} lesson the same lesson in the new language */
  translate(lesson) {
    if (lesson) {
      setText(byId("lesson-name"), lesson.title);
      const prose = new DOMParser().parseFromString(lesson.prose_html, "text/html");
      byId("prose").replaceChildren(...prose.body.childNodes);
      this.params.translate(lesson.params);
    } else {
      setText(byId("lesson-name"), this.words.t("run.recorded"));
    }
    this.#onLink(this.link);
    this.lab.translate();
  }
}

const data = document.getElementById("page-data")?.textContent;
if (data) new Page(JSON.parse(data));
