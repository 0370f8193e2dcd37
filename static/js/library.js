// The library of runs: asks the server for them, and for every change; which ones are asked for stands in the address.

import { Problem } from "./net/api.js";
import { LibraryView } from "./views/library.js";

/** @typedef {import("./views/library.js").Row} Row */

// While somebody types, and while a run goes on.
const TYPED_MS = 200;
const AGAIN_MS = 1500;
const ASKED = ["q", "lesson", "kept", "page"];

export class Library {
  /** @param {import("./main.js").Page} page */
  constructor(page) {
    this.api = page.api;
    this.words = page.words;
    this.list = page.data.list;
    /** Of several questions, the answer to the last one counts. */
    this.asked = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    const now = new URLSearchParams(location.search);
    this.query = new URLSearchParams(
      ASKED.flatMap((name) => (now.get(name) ? [[name, now.get(name) ?? ""]] : [])),
    );
    this.view = new LibraryView(this.words, this.query, {
      onQuery: (change, typed) => this.#ask(change, typed),
      onRename: (row, name) => this.#change([row], (id) => this.api.changeRun(id, { name })),
      onKeep: (row, kept) => this.#change([row], (id) => this.api.changeRun(id, { kept })),
      onRemove: (rows) => this.#change(rows, (id) => this.api.removeRun(id)),
    });
    this.#show(this.list);
    // Back from a run, or from another tab: there may be more by now.
    addEventListener("pageshow", (event) => event.persisted && this.load());
    document.addEventListener("visibilitychange", () => document.hidden || this.load());
  }

  /** @param {Record<string, string>} change of what is asked for @param {boolean} typed letter by letter */
  #ask(change, typed) {
    // Another question begins at its first page.
    for (const [name, value] of Object.entries({ page: "", ...change })) {
      if (value) this.query.set(name, value);
      else this.query.delete(name);
    }
    const { pathname } = location;
    window.history.replaceState(null, "", this.query.size ? `${pathname}?${this.query}` : pathname);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), typed ? TYPED_MS : 0);
  }

  async load() {
    clearTimeout(this.timer);
    const turn = ++this.asked;
    try {
      const list = await this.api.runs(this.query);
      if (turn !== this.asked) return;
      this.view.say("");
      this.#show(list);
    } catch (error) {
      if (turn === this.asked) this.view.say(this.#sentence(error, "library.failed"));
    }
  }

  /** @param {any} list */
  #show(list) {
    const pages = Math.max(1, Math.ceil(list.found / list.per_page));
    // The last page may be gone with its last run.
    if (list.page > pages) return this.#ask({ page: pages > 1 ? String(pages) : "" }, false);
    this.list = list;
    this.view.show(list, pages);
    const isUnsettled = list.runs.some((/** @type {Row} */ row) => row.state !== "ended" || !row.findings);
    clearTimeout(this.timer);
    if (isUnsettled && !document.hidden) this.timer = setTimeout(() => this.load(), AGAIN_MS);
  }

  /** @param {Row[]} rows @param {(id: string) => Promise<unknown>} change @returns {Promise<boolean>} whether it was done */
  async #change(rows, change) {
    try {
      for (const { id } of rows) await change(id);
      await this.load();
      return true;
    } catch (error) {
      await this.load();
      this.view.say(this.#sentence(error, "library.change_failed"));
      return false;
    }
  }

  /** @param {unknown} error @param {string} key what is said when the server gave no sentence */
  #sentence(error, key) {
    if (!(error instanceof Problem)) throw error;
    return error.status === 0 ? this.words.t("error.offline") : error.message || this.words.t(key);
  }

  /** @param {any} list the same runs, in the words' language */
  translate(list) {
    this.view.translate();
    this.#show(list);
  }
}
