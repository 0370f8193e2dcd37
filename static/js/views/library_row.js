// One run in the list: its name, when and how long it ran, how it ended, what was found, and what can be done with it.

import { formatDuration } from "../lib/format.js";
import { make, setText } from "./dom.js";
import { findingText, nameOfFinding } from "./findings.js";
import { endSentence } from "./run_bar.js";
import { signalName } from "./timeline_words.js";

/** @typedef {import("./words.js").Words} Words */
/**
 * @typedef {object} Row as web/library.py makes it
 * @property {string} id
 * @property {string} url
 * @property {string} state
 * @property {string | null} name
 * @property {string | null} lesson
 * @property {string | null} title the lesson's
 * @property {string | null} case
 * @property {string} program
 * @property {string | null} status
 * @property {string} started_at
 * @property {number} duration_ns
 * @property {number} events
 * @property {boolean} kept
 * @property {string | null} file the trace file that it is shown from; the lab does not change it
 * @property {{exit_code?: number, signal?: number, text?: string}} end
 * @property {{limit: string, value: number} | null} limited
 * @property {{code: string, text: string, args: any}[] | null} findings null: not known yet
 */
/**
 * @typedef {object} RowActions
 * @property {(run: Row, isChosen: boolean) => void} onChoose
 * @property {(run: Row) => void} onKeep
 * @property {(run: Row) => void} onRename
 * @property {(run: Row) => void} onCopy
 * @property {(run: Row) => void} onRemove
 */

const ICONS = {
  keep: "M12 3l2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2 6.4 20.3l1.2-6.3L3 9.6l6.3-.8z",
  rename: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  copy: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7l-1.7 1.7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7l1.7-1.7",
  delete: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
};
/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export class LibraryRow {
  /** @param {Words} words @param {RowActions} actions */
  constructor(words, actions) {
    this.words = words;
    /** @type {Row} */
    this.run = /** @type {any} */ (null);
    /** What it was written from. */
    this.signature = "";
    this.element = make("li", "run-row");
    this.box = make("input");
    this.box.type = "checkbox";
    this.box.addEventListener("change", () => actions.onChoose(this.run, this.box.checked));
    this.link = make("a", "run-name");
    this.about = make("span", "run-about");
    this.file = make("span", "run-about run-file");
    this.findings = make("ul", "run-findings");
    this.time = make("time", "run-when");
    this.ago = make("span");
    this.exact = make("span", "run-exact");
    this.time.append(this.ago, " ", this.exact);
    this.took = make("span", "run-took");
    this.ended = make("span", "run-ended");
    this.events = make("span", "run-events");
    this.keep = this.#button("keep", () => actions.onKeep(this.run));
    this.rename = this.#button("rename", () => actions.onRename(this.run));
    this.copy = this.#button("copy", () => actions.onCopy(this.run));
    this.remove = this.#button("delete", () => actions.onRemove(this.run));
    this.#build();
  }

  #build() {
    const choose = make("label", "run-choose");
    choose.append(this.box);
    const what = make("div", "run-what");
    const head = make("h2", "run-head");
    head.append(this.link);
    what.append(head, this.about, this.file, this.findings);
    const facts = make("div", "run-facts");
    facts.append(this.time, this.took, this.ended, this.events);
    const tools = make("div", "run-tools");
    tools.append(this.keep, this.rename, this.copy, this.remove);
    this.element.append(choose, what, facts, tools);
  }

  /** @param {keyof typeof ICONS} icon @param {() => void} act */
  #button(icon, act) {
    const button = make("button", `button quiet run-${icon}`);
    button.type = "button";
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", ICONS[icon]);
    svg.append(path);
    button.append(svg);
    button.addEventListener("click", act);
    return button;
  }

  /** @param {Row} run @param {boolean} isChosen */
  update(run, isChosen) {
    this.run = run;
    this.choose(isChosen);
    const signature = JSON.stringify(run);
    if (signature === this.signature) return;
    this.signature = signature;
    this.element.dataset.run = run.id;
    this.#write();
  }

  #write() {
    const { run, words } = this;
    const name = nameOfRow(words, run);
    setText(this.link, name);
    this.link.href = run.url;
    // Under a name of its own, what it is a run of.
    const plain = nameOfRow(words, { ...run, name: null });
    setText(this.about, run.name ? plain : "");
    setText(this.file, run.file ? words.t("library.is_file") : "");
    const isTimeKnown = run.state !== "queued" && !isUnread(run);
    setText(this.took, isTimeKnown ? formatDuration(run.duration_ns, words.locale) : "");
    setText(this.ended, endOf(words, run));
    this.ended.title = run.state === "ended" && !isUnread(run) ? this.#endSentence() : "";
    this.ended.dataset.end = run.state === "ended" ? (run.status ?? "") : run.state;
    setText(this.events, words.count("status.events", run.events));
    this.#writeFindings();
    this.#label(name);
    this.tellTime();
  }

  #endSentence() {
    const { run, words } = this;
    const { status, end, limited, events } = run;
    const time = formatDuration(run.duration_ns, words.locale);
    return endSentence(words, { end: { status: status ?? "finished", ...end }, limited, events }, time);
  }

  #writeFindings() {
    const { run, words } = this;
    /** @type {Map<string, string[]>} */
    const byCode = new Map();
    for (const { code, text, args } of run.findings ?? []) {
      const sentence = findingText(words, [0, code, [], text, args]);
      byCode.set(code, [...(byCode.get(code) ?? []), sentence]);
    }
    const items = [...byCode].map(([code, sentences]) => {
      const times = sentences.length > 1 ? ` × ${sentences.length}` : "";
      const item = make("li", "run-finding", nameOfFinding(words, code) + times);
      item.title = sentences.join("\n");
      return item;
    });
    if (!items.length && run.state === "ended")
      items.push(make("li", "run-no-finding", run.findings ? words.t("library.no_findings") : "…"));
    this.findings.replaceChildren(...items);
  }

  /** @param {string} name */
  #label(name) {
    const { words, run } = this;
    this.box.setAttribute("aria-label", words.t("library.choose", { name }));
    for (const part of /** @type {const} */ (["keep", "rename", "copy"])) {
      const label = words.t(`library.${part}`, { name });
      this[part].setAttribute("aria-label", label);
      this[part].title = label;
    }
    this.remove.ariaLabel = this.remove.title = words.t("library.delete", { name });
    this.keep.setAttribute("aria-pressed", String(run.kept));
    this.keep.hidden = this.rename.hidden = Boolean(run.file);
    // It has to be stopped first.
    this.remove.hidden = Boolean(run.file) || run.state !== "ended";
  }

  /** When it was, as it stands to now. */
  tellTime() {
    const { words, run } = this;
    const at = new Date(run.started_at);
    this.time.dateTime = run.started_at;
    if (Number.isNaN(at.getTime())) {
      // A file of somebody else's making may say anything there.
      setText(this.ago, run.started_at);
      setText(this.exact, "");
      return;
    }
    const exact = new Intl.DateTimeFormat(words.locale, { dateStyle: "medium", timeStyle: "medium" }).format(
      at,
    );
    setText(this.ago, ago(words, at.getTime() - Date.now()));
    setText(this.exact, exact);
  }

  /** Which run it is, where several go by the same name. */
  get told() {
    return `${nameOfRow(this.words, this.run)} · ${this.exact.textContent}`;
  }

  /** @param {boolean} isChosen */
  choose(isChosen) {
    this.box.checked = isChosen;
    this.element.classList.toggle("is-chosen", isChosen);
  }

  /** Write it anew, in another language. */
  forget() {
    this.signature = "";
  }
}

/** How a trace file ends is known when it was read to its end. @param {Row} run */
function isUnread({ state, status }) {
  return state === "ended" && !status;
}

/** What a run goes by. @param {Words} words @param {Row} run */
export function nameOfRow(words, { name, title, case: of, program }) {
  if (name) return name;
  if (!title) return program;
  return of ? words.t("library.titled", { title, case: of }) : title;
}

/** @param {Words} words @param {Row} run */
function endOf(words, run) {
  const { state, status, end } = run;
  if (isUnread(run)) return words.t("library.end_unread");
  const text = words.t(`library.end_${state === "ended" ? status : state}`);
  if (state !== "ended" || status !== "finished") return text;
  if (end.signal !== undefined)
    return words.t("library.end_signal", { end: text, signal: signalName(end.signal) });
  return end.exit_code === undefined ? text : words.t("library.end_code", { end: text, code: end.exit_code });
}

/** @param {Words} words @param {number} ms */
function ago(words, ms) {
  const seconds = ms / 1000;
  const [unit, length] = UNITS.find(([, seconds_]) => Math.abs(seconds) >= seconds_) ?? [];
  if (!unit || !length) return words.t("library.just_now");
  return new Intl.RelativeTimeFormat(words.locale).format(Math.trunc(seconds / length), unit);
}
