// What the program printed, each line with its lane. Only the newest lines are kept in the page.

import { make, setText } from "./dom.js";
import { labelOf } from "./moment.js";
import { Terminal } from "./terminal.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("./terminal.js").Line} Line */
/** @typedef {Line | {ns: number, warning: string}} Entry */

// 5,000 lines are more than anybody reads; a page of 100,000 would take a second to lay out.
const KEPT = 5000;
// Rows made at a time: in a flood of 200,000 lines, making all of them stopped the page for 0.6 s.
const STEP = 200;
const STDERR = 2;
const NEAR_END_PX = 24;

export class ConsoleView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.host = host;
    this.words = words;
    this.terminal = new Terminal();
    /** @type {Entry[]} the newest ones */
    this.entries = [];
    this.total = 0;
    this.taken = 0;
    this.warned = 0;
    this.note = make("p", "console-note");
    this.log = make("div", "console-log");
    this.log.setAttribute("role", "log");
    this.log.setAttribute("aria-labelledby", "panel-console-tab");
    this.later = make("p", "console-later");
    this.later.hidden = true;
    this.clipped = "";
    host.replaceChildren(this.note, this.log, this.later);
    this.translate();
  }

  clear() {
    this.terminal = new Terminal();
    this.entries = [];
    this.total = this.taken = this.warned = 0;
    this.log.replaceChildren();
    this.clipped = "";
    this.later.hidden = true;
    this.translate();
  }

  /**
   * Take in what the fold has that we do not, and show the newest of it.
   * @param {Moment} moment
   * @returns {boolean} whether there is more to show when there is time
   */
  update(moment) {
    const { host, log } = this;
    const added = this.#takeIn(moment);
    const missing = this.entries.length - (log.childElementCount + added);
    if (added === 0 && missing <= 0) {
      this.#clip(moment);
      return false;
    }
    const atEnd = host.scrollHeight - host.scrollTop - host.clientHeight < NEAR_END_PX;
    if (added > STEP) {
      log.replaceChildren(...this.#rows(moment, -STEP));
    } else {
      if (added) log.append(...this.#rows(moment, -added));
      // It is calm enough for the lines that a flood left out.
      const shown = log.childElementCount;
      if (missing > 0 && atEnd) log.prepend(...this.#rows(moment, -shown - Math.min(missing, STEP), -shown));
    }
    while (log.childElementCount > KEPT) log.firstElementChild?.remove();
    this.translate();
    this.#clip(moment);
    if (atEnd) host.scrollTop = host.scrollHeight;
    return atEnd && log.childElementCount < this.entries.length;
  }

  /** At the cursor, what was printed later is not there yet. @param {Moment} moment */
  #clip({ ns, live }) {
    const { log, later, words } = this;
    const state = `${live ? "all" : ns} ${this.total} ${log.childElementCount} ${words.lang}`;
    if (state === this.clipped) return;
    this.clipped = state;
    const first = this.entries.length - log.childElementCount;
    let hidden = 0;
    Array.from(log.children).forEach((row, i) => {
      const isLater = !live && this.entries[first + i].ns > ns;
      row.classList.toggle("later", isLater);
      hidden += Number(isLater);
    });
    later.hidden = hidden === 0;
    setText(later, hidden ? words.count("console.later", hidden) : "");
    if (!live) this.host.scrollTop = this.host.scrollHeight;
  }

  /** @param {Moment} moment @returns {number} how many lines are new */
  #takeIn(moment) {
    const { fold } = moment;
    const before = this.total;
    const growing = new Set(this.terminal.current.values());
    let begun = this.terminal.begun;
    for (; this.taken < fold.output.length; this.taken += 1) {
      const [ns, lane, stream, text] = fold.output[this.taken];
      const pid = fold.lanes.get(lane)?.pid ?? 0;
      for (const line of this.terminal.write(ns, lane, stream, text, pid)) {
        if (line.number < begun) continue;
        this.#add(line);
        begun = line.number + 1;
      }
    }
    for (const line of growing) this.#grow(moment, line, this.total - before);
    for (; this.warned < fold.warnings.length; this.warned += 1) {
      const [ns, , warning] = fold.warnings[this.warned];
      this.#add({ ns, warning });
    }
    this.entries.splice(0, this.entries.length - KEPT);
    return this.total - before;
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.entries.push(entry);
    this.total += 1;
    // Removing one by one from the front of a long list is slow.
    if (this.entries.length > 2 * KEPT) this.entries.splice(0, KEPT);
  }

  /** Write the row of a line anew that was not finished. @param {Moment} moment @param {Line} line @param {number} behind lines that came after it */
  #grow(moment, line, behind) {
    const at = this.entries.lastIndexOf(line);
    const fromEnd = this.entries.length - behind - at;
    const row = at < 0 ? null : this.log.children[this.log.childElementCount - fromEnd];
    row?.replaceWith(this.#row(moment, line));
  }

  /** @param {Moment} moment @param {number} from counted from the end @param {number} [to] */
  #rows(moment, from, to) {
    return this.entries.slice(from, to || undefined).map((entry) => this.#row(moment, entry));
  }

  /** @param {Moment} moment @param {Entry} entry */
  #row(moment, entry) {
    const row = make("div", "console-line");
    row.append(make("span", "console-time", this.words.moment(entry.ns)));
    if ("warning" in entry) {
      row.classList.add("warning");
      row.append(
        make("span", "console-lane", this.words.t("console.lab")),
        make("span", "console-text", entry.warning),
      );
      return row;
    }
    for (const segment of entry.segments) {
      row.append(make("span", "console-lane", labelOf(moment, segment.lane)));
      const isError = segment.stream === STDERR;
      if (isError) row.append(make("span", "console-stream", this.words.t("console.stderr")));
      row.append(make("span", isError ? "console-text stderr" : "console-text", segment.text));
    }
    return row;
  }

  translate() {
    const hidden = this.total - this.log.childElementCount;
    const note = hidden > 0 ? this.words.count("console.earlier", hidden) : "";
    setText(this.note, this.total === 0 ? this.words.t("console.empty") : note);
    this.note.hidden = !this.note.textContent;
  }
}
