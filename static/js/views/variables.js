// The variables: what each global was last seen to be, at the cursor or now, and who was seen to change it.

import { formatDuration } from "../lib/format.js";
import { make, setText } from "./dom.js";
import { labelOf } from "./moment.js";
import { variablesAt } from "./variables_at.js";

/** @typedef {import("./moment.js").Moment} Moment */
/** @typedef {import("./variables_at.js").Seen} Seen */

// Four processes with as many as a probe tells.
const SHOWN = 200;
const COLUMNS = ["variables.name", "variables.value", "variables.by"];

export class VariablesView {
  /** @param {HTMLElement} host @param {import("./words.js").Words} words */
  constructor(host, words) {
    this.words = words;
    this.when = make("p", "variables-when");
    this.table = make("table", "variables-table");
    this.head = this.table.createTHead().insertRow();
    for (const _ of COLUMNS) this.head.append(make("th"));
    this.body = this.table.createTBody();
    this.note = make("p", "variables-note");
    host.replaceChildren(this.when, this.table, this.note);
    this.translate();
  }

  /** @param {Moment} moment */
  update(moment) {
    const { words } = this;
    const seen = variablesAt(moment.fold, moment.ns).slice(0, SHOWN);
    setText(this.when, seen.length ? this.#when(moment) : "");
    this.table.hidden = seen.length === 0;
    setText(this.note, words.t(seen.length ? "variables.note" : this.#whyNone(moment)));
    const severalProcesses = new Set(seen.map(({ variable }) => variable.pid)).size > 1;
    let pid = 0;
    let at = 0;
    for (const each of seen) {
      if (severalProcesses && each.variable.pid !== pid) {
        pid = each.variable.pid;
        this.#heading(this.#row(at, "variables-process"), labelOf(moment, String(pid)));
        at += 1;
      }
      this.#write(this.#row(at, "variables-row"), each, moment);
      at += 1;
    }
    while (this.body.rows.length > at) this.body.deleteRow(-1);
  }

  /** @param {Moment} moment */
  #when({ fold, ns, live }) {
    if (live) return this.words.t(fold.ended ? "lanes.end" : "lanes.now");
    return this.words.t("lanes.at", { time: formatDuration(ns, this.words.locale) });
  }

  /** @param {Moment} moment */
  #whyNone({ fold }) {
    if (fold.variables.size) return "variables.not_yet";
    return fold.ended ? "variables.none" : "variables.empty";
  }

  /** Rows stay, so that nothing flickers; one of the other kind is replaced. @param {number} at @param {string} className */
  #row(at, className) {
    const old = this.body.rows[at];
    if (old?.dataset.kind === className) return old;
    old?.remove();
    const row = this.body.insertRow(at);
    row.dataset.kind = row.className = className;
    for (const _ of className === "variables-row" ? COLUMNS : [0]) row.insertCell();
    return row;
  }

  /** @param {HTMLTableRowElement} row @param {string} label */
  #heading(row, label) {
    row.cells[0].colSpan = COLUMNS.length;
    setText(row.cells[0], label);
  }

  /** @param {HTMLTableRowElement} row @param {Seen} seen @param {Moment} moment */
  #write(row, seen, moment) {
    const { words } = this;
    const [name, value, by] = row.cells;
    const isNew = seen.isNew && seen.isChanged && !moment.live;
    row.classList.toggle("changed", isNew);
    row.title = isNew ? words.t("variables.changed") : "";
    setText(name, seen.variable.name);
    setText(value, seen.value || words.t("variables.deleted"));
    value.classList.toggle("deleted", !seen.value);
    setText(by, seen.isChanged ? this.#by(seen, moment) : "–");
  }

  /** @param {Seen} seen @param {Moment} moment */
  #by({ lane, line }, moment) {
    const label = labelOf(moment, lane);
    return line ? this.words.t("variables.at_line", { lane: label, line }) : label;
  }

  translate() {
    COLUMNS.forEach((key, i) => setText(this.head.cells[i], this.words.t(key)));
  }
}
