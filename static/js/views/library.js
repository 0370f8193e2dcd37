// The list of runs: what is looked for, what is chosen, what is asked before something is deleted. Fetches nothing.

import { byId, make, setText } from "./dom.js";
import { LibraryRow, nameOfRow } from "./library_row.js";

/** @typedef {import("./library_row.js").Row} Row */
/** @typedef {{slug: string, title: string, runs: number}} LessonOption */
/** @typedef {{runs: Row[], found: number, total: number, lessons: LessonOption[], page: number}} List */
/**
 * @typedef {object} LibraryActions
 * @property {(change: Record<string, string>, typed: boolean) => void} onQuery
 * @property {(row: Row, name: string | null) => Promise<boolean>} onRename
 * @property {(row: Row, kept: boolean) => Promise<boolean>} onKeep
 * @property {(rows: Row[]) => Promise<boolean>} onRemove
 */

const NO_LESSON = "-";
const MINUTE_MS = 60_000;
const TOLD_MS = 6000;
// A question before a deletion names no more.
const MOST_NAMES = 8;

export class LibraryView {
  /** @param {import("./words.js").Words} words @param {URLSearchParams} query @param {LibraryActions} actions */
  constructor(words, query, actions) {
    this.words = words;
    this.query = query;
    this.actions = actions;
    /** @type {List} */
    this.list = { runs: [], found: 0, total: 0, lessons: [], page: 1 };
    this.pages = 1;
    /** @type {Map<string, LibraryRow>} */
    this.rows = new Map();
    /** Chosen ones, also of other pages of the list. @type {Map<string, Row>} */
    this.chosen = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.search = /** @type {HTMLInputElement} */ (byId("search"));
    this.lesson = /** @type {HTMLSelectElement} */ (byId("lesson"));
    this.renaming = /** @type {HTMLDialogElement} */ (byId("rename"));
    this.removing = /** @type {HTMLDialogElement} */ (byId("remove"));
    this.search.value = query.get("q") ?? "";
    this.#bind();
    setInterval(() => this.#each((row) => row.tellTime()), MINUTE_MS / 2);
  }

  #bind() {
    const { actions } = this;
    byId("finder").addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => actions.onQuery({ q: this.search.value.trim() }, true));
    this.lesson.addEventListener("change", () => actions.onQuery({ lesson: this.lesson.value }, false));
    byId("kept-only").addEventListener("click", () =>
      actions.onQuery({ kept: this.query.has("kept") ? "" : "1" }, false),
    );
    byId("show-all").addEventListener("click", () => {
      this.search.value = "";
      actions.onQuery({ q: "", lesson: "", kept: "" }, false);
      this.search.focus();
    });
    byId("newer").addEventListener("click", () => this.#turn(-1));
    byId("older").addEventListener("click", () => this.#turn(1));
    byId("choose-none").addEventListener("click", () => this.#chooseNone());
    byId("compare").addEventListener("click", () => this.#compare());
    byId("remove-chosen").addEventListener(
      "click",
      () => this.#chosenFile || this.#askRemove([...this.chosen.values()]),
    );
  }

  /** @param {number} by */
  #turn(by) {
    const page = this.list.page + by;
    if (page < 1 || page > this.pages) return;
    this.actions.onQuery({ page: page > 1 ? String(page) : "" }, false);
    byId("content").scrollIntoView();
  }

  /** @param {List} list @param {number} pages */
  show(list, pages) {
    this.list = list;
    this.pages = pages;
    this.#showRows();
    this.#showLessons();
    const { words, query } = this;
    const { found, total, page } = list;
    byId("kept-only").setAttribute("aria-pressed", String(query.has("kept")));
    const all = words.number.format(total);
    const n = words.count("library.found", found);
    setText(byId("found"), found < total ? words.t("library.found_of", { found: n, all }) : total ? n : "");
    byId("no-runs").hidden = total > 0;
    byId("finder").classList.toggle("alone", total === 0);
    byId("no-match").hidden = total === 0 || found > 0;
    byId("pager").hidden = pages < 2;
    setText(byId("page-of"), words.t("library.page_of", { page, pages }));
    byId("newer").setAttribute("aria-disabled", String(page === 1));
    byId("older").setAttribute("aria-disabled", String(page === pages));
    this.#showChosen();
  }

  /** Rows that are there already stay: whoever has the focus in one keeps it. */
  #showRows() {
    const before = this.rows;
    this.rows = new Map();
    for (const run of this.list.runs) {
      const row = before.get(run.id) ?? this.#makeRow();
      row.update(run, this.chosen.has(run.id));
      this.rows.set(run.id, row);
      if (this.chosen.has(run.id)) this.chosen.set(run.id, run);
    }
    const host = byId("runs");
    for (const [id, row] of before) if (!this.rows.has(id)) row.element.remove();
    [...this.rows.values()].forEach(({ element }, at) => {
      if (host.children[at] !== element) host.insertBefore(element, host.children[at] ?? null);
    });
  }

  #makeRow() {
    const { actions, words } = this;
    return new LibraryRow(words, {
      onChoose: (run, isChosen) => {
        if (isChosen) this.chosen.set(run.id, run);
        else this.chosen.delete(run.id);
        this.#showChosen();
      },
      onKeep: async (run) => {
        const key = run.kept ? "library.not_kept" : "library.is_kept";
        if (await actions.onKeep(run, !run.kept)) this.tell(words.t(key, { name: nameOfRow(words, run) }));
      },
      onRename: (run) => this.#askName(run),
      onCopy: (run) => this.#copy(run),
      onRemove: (run) => this.#askRemove([run]),
    });
  }

  #showLessons() {
    const { words, lesson, list, query } = this;
    const option = (/** @type {string} */ value, /** @type {string} */ text) => {
      const made = make("option", "", text);
      made.value = value;
      return made;
    };
    const options = list.lessons.map(({ slug, title, runs }) =>
      option(
        slug || NO_LESSON,
        words.t("library.lesson_option", { title: title || words.t("library.lesson_none"), n: runs }),
      ),
    );
    const texts = JSON.stringify([words.lang, list.lessons, query.get("lesson")]);
    // Written anew, a list that is open would close.
    if (texts === this.lesson.dataset.texts) return;
    this.lesson.dataset.texts = texts;
    lesson.replaceChildren(option("", words.t("library.lesson_any")), ...options);
    lesson.value = query.get("lesson") ?? "";
  }

  // -- chosen ones -----------------------------------------------------------------------------------------

  get #canCompare() {
    const [one, other] = this.chosen.values();
    if (this.chosen.size !== 2) return false;
    return one.state === "ended" && other.state === "ended" && one.lesson === other.lesson;
  }

  /** One that is no record of the lab's, so that the lab does not delete it. */
  get #chosenFile() {
    return [...this.chosen.values()].find(({ file }) => file);
  }

  #showChosen() {
    const { words, chosen } = this;
    byId("chosen").hidden = chosen.size === 0;
    setText(byId("chosen-text"), words.count("library.chosen", chosen.size));
    const can = this.#canCompare;
    byId("compare").setAttribute("aria-disabled", String(!can));
    const why = chosen.size === 2 ? "library.compare_same" : "library.compare_two";
    const file = this.#chosenFile;
    byId("remove-chosen").setAttribute("aria-disabled", String(Boolean(file)));
    const stays = file ? words.t("library.file_stays", { name: nameOfRow(words, file) }) : "";
    setText(byId("compare-about"), [can ? "" : words.t(why), stays].filter(Boolean).join(" "));
  }

  #chooseNone() {
    this.chosen.clear();
    this.#each((row) => row.choose(false));
    this.#showChosen();
    this.search.focus();
  }

  #compare() {
    if (!this.#canCompare) return;
    const ids = [...this.chosen.values()]
      .sort((a, b) => a.started_at.localeCompare(b.started_at))
      .map(({ id }) => id);
    location.assign(`/runs/${ids[0]}#run=${ids.join()}&overlay=1`);
  }

  // -- what is asked ---------------------------------------------------------------------------------------

  /** @param {Row} run */
  #askName(run) {
    const { renaming, words, actions } = this;
    const field = /** @type {HTMLInputElement} */ (byId("rename-name"));
    field.value = run.name ?? "";
    field.placeholder = nameOfRow(words, { ...run, name: null });
    renaming.returnValue = "";
    renaming.onclose = async () => {
      const name = field.value.trim() || null;
      if (renaming.returnValue !== "yes" || name === run.name) return;
      const shown = nameOfRow(words, { ...run, name });
      if (await actions.onRename(run, name)) this.tell(words.t("library.renamed", { name: shown }));
    };
    renaming.showModal();
    field.select();
  }

  /** @param {Row[]} runs */
  #askRemove(runs) {
    const { removing, words, actions } = this;
    setText(byId("remove-title"), words.count("library.remove_title", runs.length));
    const names = runs
      .slice(0, MOST_NAMES)
      .map((run) => make("li", "", this.rows.get(run.id)?.told ?? nameOfRow(words, run)));
    if (runs.length > MOST_NAMES) names.push(make("li", "", "…"));
    byId("remove-names").replaceChildren(...names);
    removing.returnValue = "";
    removing.onclose = async () => {
      if (removing.returnValue !== "yes") return;
      if (!(await actions.onRemove(runs))) return;
      for (const { id } of runs) this.chosen.delete(id);
      this.#showChosen();
      this.tell(words.count("library.removed", runs.length));
      // What had the focus is gone.
      this.search.focus();
    };
    removing.showModal();
  }

  /** @param {Row} run */
  async #copy(run) {
    const { words } = this;
    const link = new URL(run.url, location.origin).href;
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // A page that is not served from this computer itself may not write to the clipboard.
      prompt(words.t("library.copy_by_hand"), link);
      return;
    }
    this.tell(words.t("library.copied"));
  }

  // -- what is told ----------------------------------------------------------------------------------------

  /** Something was done. @param {string} sentence */
  tell(sentence) {
    const place = byId("told");
    setText(place, sentence);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setText(place, ""), TOLD_MS);
  }

  /** Something is wrong. @param {string} sentence "" = nothing */
  say(sentence) {
    setText(byId("library-problem"), sentence);
  }

  /** @param {(row: LibraryRow) => void} act */
  #each(act) {
    for (const row of this.rows.values()) act(row);
  }

  translate() {
    this.#each((row) => row.forget());
  }
}
