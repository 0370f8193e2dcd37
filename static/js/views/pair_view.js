// Two runs beside each other: which other run, side by side or overlaid, and in what they differ.

import { formatDuration } from "../lib/format.js";
import { differencesOf } from "../lib/pair.js";
import { markOf } from "../timeline/model.js";
import { make, setText } from "./dom.js";
import { keptRuns } from "./kept_runs.js";
import { pairFacts } from "./pair_facts.js";

/** @typedef {import("./shown_run.js").ShownRun} ShownRun */
/** @typedef {import("./kept_runs.js").KeptRun} KeptRun */
/**
 * @typedef {object} PairActions
 * @property {(text: string) => void} onCompare an id of a run, or a link to it
 * @property {(run: ShownRun) => void} onAlone
 */

const SECONDS = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", second: "2-digit" });

export class PairView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words @param {import("./lab.js").Lab} lab @param {string} lesson @param {PairActions} actions */
  constructor(host, words, lab, lesson, actions) {
    this.host = host;
    /** The reader asked for two runs, and has not seen them yet. */
    this.wanted = false;
    this.words = words;
    this.lab = lab;
    this.lesson = lesson;
    this.actions = actions;
    this.signature = "";
    this.title = make("h3", "panel-subtitle");
    this.about = make("p", "repeat-about");
    this.form = make("form", "repeat-form");
    this.choice = make("select");
    this.link = make("input", "pair-link");
    this.button = make("button", "button");
    this.problem = make("p", "repeat-state problem");
    this.overlay = make("button", "button");
    this.alone = make("span", "pair-alone");
    this.result = make("div");
    this.#build(host);
    this.update();
  }

  /** @param {HTMLElement} host */
  #build(host) {
    this.problem.setAttribute("role", "alert");
    this.link.type = "text";
    this.link.autocomplete = "off";
    this.overlay.type = "button";
    this.form.append(this.overlay, this.alone, this.choice, this.link, this.button);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.link.value.trim() || this.choice.value;
      if (text) this.actions.onCompare(text);
      else this.say(this.words.t("pair.choose_first"));
    });
    this.overlay.addEventListener("click", () => {
      this.lab.setOverlaid(!this.lab.overlaid);
      this.update();
    });
    host.append(this.title, this.about, this.form, this.problem, this.result);
  }

  /** Why it cannot be. @param {string} sentence "" = nothing is wrong */
  say(sentence) {
    setText(this.problem, sentence);
  }

  /** The runs on the screen are others, or have ended. */
  update() {
    const { words, lab } = this;
    const { runs } = lab;
    const known = runs.every((run) => run.end);
    const kept = keptRuns(this.lesson).filter(({ id }) => runs.every((run) => run.id !== id));
    const names = runs.map((run) => lab.nameOf(run));
    const parts = [words.lang, known, lab.overlaid, ...names, ...runs, ...kept];
    const signature = JSON.stringify(parts.map((part) => (typeof part === "object" ? part.id : part)));
    if (signature === this.signature) return;
    this.signature = signature;
    setText(this.title, words.t("pair.title"));
    setText(this.about, words.t(known ? "pair.about" : "pair.run_first"));
    this.form.hidden = !known;
    this.#offer(kept);
    this.about.hidden = known && runs.length > 1;
    this.overlay.hidden = this.alone.hidden = runs.length < 2;
    setText(this.overlay, words.t("pair.overlay"));
    this.overlay.title = words.t("pair.overlay_about");
    this.overlay.setAttribute("aria-pressed", String(lab.overlaid));
    this.alone.replaceChildren(...runs.map((run, at) => this.#aloneButton(run, at)));
    this.result.replaceChildren(...(known && runs.length === 2 ? [this.#table(names)] : []));
    if (this.result.firstChild && this.wanted) this.#bringIntoSight();
  }

  /** @param {ShownRun} run @param {number} at */
  #aloneButton(run, at) {
    const title = this.lab.titleOf(run.caseId);
    // The letter alone, where only it tells the runs apart.
    const short = this.lab.nameOf(run) === title ? title : markOf(at);
    const button = make("button", "button", this.words.t("pair.alone", { title: short }));
    button.type = "button";
    button.addEventListener("click", () => this.actions.onAlone(run));
    return button;
  }

  /** What was asked for begins at the top of the panel; the page itself stays where it is. */
  #bringIntoSight() {
    this.wanted = false;
    const body = this.host.closest(".panel-body");
    if (body) body.scrollTop += this.host.getBoundingClientRect().top - body.getBoundingClientRect().top;
  }

  /** @param {KeptRun[]} kept */
  #offer(kept) {
    const { words, choice, link } = this;
    const options = kept.map((run) => new Option(this.#say(run), run.id));
    choice.replaceChildren(new Option(words.t(kept.length ? "pair.choose" : "pair.none"), ""), ...options);
    choice.setAttribute("aria-label", words.t("pair.other"));
    link.placeholder = words.t("pair.link");
    link.setAttribute("aria-label", words.t("pair.link"));
    link.value = "";
    this.say("");
    setText(this.button, words.t("pair.show"));
  }

  /** @param {KeptRun} run */
  #say({ at, caseId, ms, printed }) {
    const { words, lab } = this;
    const when = new Date(at);
    const isToday = when.toDateString() === new Date().toDateString();
    const time = isToday
      ? when.toLocaleTimeString(words.locale, SECONDS)
      : when.toLocaleString(words.locale, { month: "short", day: "numeric", ...SECONDS });
    const parts = [time, lab.titleOf(caseId), formatDuration(ms * 1e6, words.locale), printed];
    return parts.filter(Boolean).join(" · ");
  }

  // -- in what they differ -------------------------------------------------------------------------------

  /** @param {string[]} names */
  #table(names) {
    const { words, lab } = this;
    const [a, b] = lab.runs.map((run) => pairFacts(run, lab.timeline.rowsOf(run.group)));
    const found = differencesOf(a, b);
    const table = make("table", "compare-table pair-table");
    table.createCaption().textContent = words.t("pair.caption");
    const head = table.createTHead().insertRow();
    head.append(make("td"), ...names.map((name) => heading(name, "col")));
    const body = table.createTBody();
    const add = (/** @type {string} */ name, /** @type {string[]} */ cells, kind = "number") => {
      const row = body.insertRow();
      row.append(heading(name, "row"), ...cells.map((text) => make("td", kind, text)));
    };
    const time = (/** @type {number} */ ns) => formatDuration(ns, words.locale);
    add(words.t("compare.duration"), [time(a.durationNs), time(b.durationNs)]);
    this.#addPrinted(add, found.printed, a.lines.length);
    add(
      words.t("pair.first"),
      found.first.map((name) => name || "–"),
    );
    for (const { name, look, ns } of found.lanes) {
      add(words.t("pair.lane_state", { lane: name, state: words.t(`look.${look}`) }), ns.map(time));
    }
    if (found.leftOut) add(words.count("pair.left_out", found.leftOut), ["", ""]);
    return table;
  }

  /** @param {(name: string, cells: string[], kind?: string) => void} add @param {import("../lib/pair.js").Differences["printed"]} printed @param {number} lines */
  #addPrinted(add, printed, lines) {
    const { words } = this;
    if (!printed) {
      const same = lines ? words.count("pair.same_lines", lines) : words.t("repeat.nothing");
      return add(words.t("pair.printed"), [same, same]);
    }
    const cells = printed.texts.map((text) => text ?? words.t("pair.no_more"));
    add(words.t("pair.line", { n: printed.line }), cells, "printed");
  }
}

/** @param {string} text @param {"col" | "row"} scope */
function heading(text, scope) {
  const element = make("th", "", text);
  element.scope = scope;
  return element;
}
