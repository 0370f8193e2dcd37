// What the program printed, each line with its lane. Only the newest lines are kept in the page.

import { make, setText } from "./dom.js";
import { labelOf } from "./moment.js";
import { Terminal } from "./terminal.js";

/** @typedef {import("../trace/fold.js").Fold} Fold */
/** @typedef {import("./terminal.js").Line} Line */

// 5,000 lines are more than anybody reads; a page of 100,000 would take a second to lay out.
const KEPT = 5000;
// Removing lines one by one would lay out the page for each.
const SLACK = 500;
const STDERR = 2;

export class ConsoleView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.host = host;
    this.words = words;
    this.terminal = new Terminal();
    this.taken = 0;
    this.warned = 0;
    this.forgotten = 0;
    /** @type {Map<Line, HTMLElement>} rows of lines that may still grow */
    this.growing = new Map();
    this.note = make("p", "console-note");
    this.log = make("div", "console-log");
    this.log.setAttribute("role", "log");
    this.log.setAttribute("aria-labelledby", "panel-console-tab");
    host.replaceChildren(this.note, this.log);
    this.translate();
  }

  clear() {
    this.terminal = new Terminal();
    this.taken = 0;
    this.warned = 0;
    this.forgotten = 0;
    this.growing.clear();
    this.log.replaceChildren();
    this.translate();
  }

  /** Take in what the fold has that we do not. @param {import("./moment.js").Moment} moment */
  update(moment) {
    const { fold } = moment;
    if (this.taken === fold.output.length && this.warned === fold.warnings.length) return;
    const { host } = this;
    const atEnd = host.scrollHeight - host.scrollTop - host.clientHeight < 24;
    const rows = document.createDocumentFragment();
    for (const line of this.#newLines(fold)) {
      const grown = this.growing.get(line);
      const row = this.#row(moment, line);
      if (grown) grown.replaceWith(row);
      else rows.append(row);
      if (line.open) this.growing.set(line, row);
      else this.growing.delete(line);
    }
    for (; this.warned < fold.warnings.length; this.warned += 1)
      rows.append(this.#warning(fold.warnings[this.warned]));
    this.log.append(rows);
    this.#forget();
    this.translate();
    if (atEnd) host.scrollTop = host.scrollHeight;
  }

  /** @param {Fold} fold @returns {Iterable<Line>} */
  #newLines(fold) {
    /** @type {Set<Line>} */
    const touched = new Set();
    for (; this.taken < fold.output.length; this.taken += 1) {
      for (const line of this.terminal.write(...fold.output[this.taken])) touched.add(line);
      // Lines that would be removed again in this same frame never get a row.
      if (touched.size <= KEPT) continue;
      const [oldest] = touched;
      touched.delete(oldest);
      const row = this.growing.get(oldest);
      if (row) this.growing.delete(oldest);
      else this.forgotten += 1;
    }
    return touched;
  }

  /** @param {import("./moment.js").Moment} moment @param {Line} line */
  #row(moment, line) {
    const row = make("div", "console-line");
    row.append(make("span", "console-time", this.words.moment(line.ns)));
    for (const segment of line.segments) {
      row.append(make("span", "console-lane", labelOf(moment, segment.lane)));
      const text = make(
        "span",
        segment.stream === STDERR ? "console-text stderr" : "console-text",
        segment.text,
      );
      if (segment.stream === STDERR)
        row.append(make("span", "console-stream", this.words.t("console.stderr")));
      row.append(text);
    }
    return row;
  }

  /** @param {[number, string, string]} warning */
  #warning([ns, , text]) {
    const row = make("div", "console-line warning");
    row.append(
      make("span", "console-time", this.words.moment(ns)),
      make("span", "console-lane", this.words.t("console.lab")),
      make("span", "console-text", text),
    );
    return row;
  }

  #forget() {
    const extra = this.log.childElementCount - KEPT;
    if (extra < SLACK) return;
    const range = document.createRange();
    range.setStart(this.log, 0);
    range.setEnd(this.log, extra);
    range.deleteContents();
    this.forgotten += extra;
  }

  translate() {
    const empty = this.log.childElementCount === 0;
    const note = this.forgotten ? this.words.count("console.earlier", this.forgotten) : "";
    setText(this.note, empty ? this.words.t("console.empty") : note);
    this.note.hidden = !this.note.textContent;
  }
}
